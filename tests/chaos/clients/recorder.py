"""A way to a service for a program that keeps no log of its own: passes its requests on, and logs the deals that it asked for in bulk."""

import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx

from tests.chaos.clients.asking import TIMEOUT
from tests.chaos.clients.operations import ACKNOWLEDGED, REFUSED, UNKNOWN, Operation, OperationLog
from tests.chaos.world import World

BULK = "/deals/bulk"
UNAUTHORIZED, UNAVAILABLE = 401, 503


class Recorder:
    """Listens on a port of its own until it is closed. `service`: to which it leads; `who`: in whose name the program asks."""

    def __init__(self, world: World, service: str, client: str, who: str, log: OperationLog) -> None:
        self._world, self._service, self._client, self._who, self._log = world, service, client, who, log
        self._draw = random.Random(f"{world.seed}:instances of {service} of {client}")
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False)
        recorder = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._pass_on()

            def do_POST(self) -> None:
                self._pass_on()

            def _pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, content = recorder.pass_on(self.command, self.path, dict(self.headers), body)
                self.send_response(status)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                """The log of operations is enough."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, name=f"{client}'s way", daemon=True).start()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def pass_on(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """Status and content of the answer of an instance.

        That the service is away, if there was none, or only a part of one; and where an instance believes no token, since its clock is
        wrong then, and another may be right.
        """
        key = next((value for name, value in headers.items() if name.lower() == "idempotency-key"), "")
        operations = self._operations(key, body) if path == BULK else []
        sent = {name: value for name, value in headers.items() if name.lower() in ("authorization", "idempotency-key", "content-type")}
        url = self._draw.choice(self._world.services[self._service].urls) + path
        lines, status = list[str](), UNAVAILABLE
        try:
            with self._http.stream(method, url, content=body, headers=sent) as answer:
                for line in answer.iter_lines():
                    lines.append(line)
                status = UNAVAILABLE if answer.status_code == UNAUTHORIZED else answer.status_code
        except httpx.HTTPError:
            pass
        told = _told(lines)
        for number, operation in enumerate(operations, 1):
            self._log.ended(operation, _meaning(told.get(number)), told.get(number))
        return status, "".join(f"{line}\n" for line in lines).encode() if status != UNAVAILABLE else b""

    def _operations(self, key: str, body: bytes) -> list[Operation]:
        found = []
        for number, text in enumerate(body.splitlines(), 1):
            line = json.loads(text)
            type_ = f"{self._service}.{line.pop('type')}.v1"
            value, deal_id = json.dumps(line, separators=(",", ":"), sort_keys=True), line["deal_id"]
            id_, route = f"{key}|{number}", f"POST {BULK}"
            found.append(Operation(self._client, "bulk", self._service, type_, deal_id, id_, self._who, value, route=route))
        return found

    def close(self) -> None:
        """Pass nothing more on."""
        self._server.shutdown()
        self._server.server_close()
        self._http.close()


def _told(lines: list[str]) -> dict[int, dict[str, Any]]:
    """The answers by line; none of an answer that is no answer line by line."""
    found: dict[int, dict[str, Any]] = {}
    for text in lines:
        try:
            line = json.loads(text)
        except ValueError:
            break
        if isinstance(line, dict) and isinstance(line.get("line"), int):
            found[line["line"]] = line
    return found


def _meaning(said: dict[str, Any] | None) -> str:
    if said is None or said["outcome"] == "unavailable" or said.get("status", 0) >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UNKNOWN
    return REFUSED if "code" in said else ACKNOWLEDGED
