"""Commands over HTTP, one by one and in bulk: with an Idempotency-Key, and asked again under it where no answer came."""

import json
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from tests.chaos.clients.operations import ACKNOWLEDGED, REFUSED, UNKNOWN, Ask, Operation, OperationLog
from tests.chaos.clients.people import CHIEF, token
from tests.chaos.world import World

ROUTES: Mapping[str, str] = {
    "OpenDeal": "POST /deals",
    "MoveStage": "POST /deals/{deal_id}/stage",
    "SignContract": "POST /deals/{deal_id}/contract",
    "ConfirmLegal": "POST /deals/{deal_id}/legal",
    "ConfirmFinance": "POST /deals/{deal_id}/finance",
    "AddContact": "POST /deals/{deal_id}/contacts",
    "RecordBuyingReason": "PUT /deals/{deal_id}/buying-reason",
    "SetTerms": "PUT /deals/{deal_id}/terms",
    "SubmitPackage": "POST /deals/{deal_id}/packages",
    "CloseDeal": "POST /deals/{deal_id}/close",
    "LoseDeal": "POST /deals/{deal_id}/lose",
    "ReopenDeal": "POST /deals/{deal_id}/reopen",
    "ImportDeal": "PUT /deals/{deal_id}/imported-row",
    "AcceptHandover": "POST /handovers/{deal_id}/accept",
    "ReturnHandover": "POST /handovers/{deal_id}/return",
    "CompleteStep": "POST /handovers/{deal_id}/steps/{step}",
    "BookKickoff": "PUT /handovers/{deal_id}/kickoff",
    "HoldKickoff": "POST /handovers/{deal_id}/kickoff/held",
    "AnswerSurvey": "POST /surveys/{deal_id}/answers",
    "AssignAccountTeam": "PUT /accounts/{account_id}/team",
}
BULK = {"deals": "POST /deals/bulk", "onboarding": "POST /handovers/bulk"}
TIMEOUT = 8.0
TRIES = 6


class Caller:
    """An HTTP client of all services. Which instance it asks is drawn from `draw`; `stopping` ends the repeating;
    `routes`: method and path by the command's name."""

    routes: Mapping[str, str] = ROUTES

    def __init__(self, world: World, client: str, log: OperationLog, draw: random.Random) -> None:
        self._world, self._client, self._log, self._draw = world, client, log, draw
        self._http = httpx.Client(timeout=TIMEOUT, trust_env=False)
        self.stopping = False

    def ask(self, ask: Ask, id: str) -> str:
        """Ask until an answer comes, under one key; returns what was told last."""
        method, path = self.routes[ask.name].format(**ask.body).split()
        told = UNKNOWN
        for n in range(TRIES):
            told = self._once(ask, id, method, path)
            if told != UNKNOWN or self.stopping:
                break
            time.sleep(min(2.0, 0.1 * 2**n))
        return told

    def _once(self, ask: Ask, id: str, method: str, path: str) -> str:
        who = ask.who or CHIEF
        operation = Operation(
            self._client, "http", ask.service, ask.type, ask.key, id, who, ask.value(), route=f"{method} {path}", headers={}
        )
        try:
            answer = self._request(ask.service, method, path, ask.value(), who, id)
            told, said = _meaning(answer)
        except httpx.HTTPError as error:
            told, said = UNKNOWN, {"error": type(error).__name__}
        self._log.ended(operation, told, said)
        return told

    def bulk(self, asks: Sequence[Ask], id: str, tries: int = TRIES) -> int:
        """Ask for all of them in one request, and again under the same key until every line has an answer.

        Returns how many were acknowledged. Each line is logged with its answer, and one that has none with what became of the request.
        """
        service = asks[0].service
        method, path = BULK[service].split()
        body = "\n".join(json.dumps({"type": ask.name, **ask.body}) for ask in asks) + "\n"
        acknowledged = set[int]()
        for n in range(tries):
            operations = [
                Operation(self._client, "bulk", service, ask.type, ask.key, f"{id}|{line}", CHIEF, ask.value(), route=f"{method} {path}")
                for line, ask in enumerate(asks, 1)
            ]
            answers, rest = self._bulk_once(service, path, body, id)
            told = [_meaning_of_line(answers.get(line)) for line in range(1, len(asks) + 1)]
            for line, (operation, word) in enumerate(zip(operations, told, strict=True), 1):
                self._log.ended(operation, word, answers.get(line, rest))
            acknowledged |= {line for line, word in enumerate(told, 1) if word == ACKNOWLEDGED}
            if UNKNOWN not in told or self.stopping:
                break
            time.sleep(min(2.0, 0.1 * 2**n))
        return len(acknowledged)

    def _bulk_once(self, service: str, path: str, body: str, id: str) -> tuple[dict[int, dict[str, Any]], dict[str, Any]]:
        """The answers by line, also those that came before the connection was lost; and what is to be said of lines that have none."""
        found: dict[int, dict[str, Any]] = {}
        rest: dict[str, Any] = {}
        url = self._draw.choice(self._world.services[service].urls) + path
        headers = {"Authorization": token(self._world, CHIEF), "Idempotency-Key": id}
        try:
            with self._http.stream("POST", url, content=body, headers=headers) as stream:
                rest["status"] = stream.status_code
                if stream.status_code != httpx.codes.OK:
                    return found, rest
                for text in stream.iter_lines():
                    line = json.loads(text)
                    found[line["line"]] = {"status": stream.status_code, **line}  # a refused line has a status of its own
        except (httpx.HTTPError, ValueError) as error:
            rest["error"] = type(error).__name__
        return found, rest

    def _request(self, service: str, method: str, path: str, value: str, who: str, id: str) -> httpx.Response:
        url = self._draw.choice(self._world.services[service].urls) + path
        headers = {"Authorization": token(self._world, who), "Idempotency-Key": id, "content-type": "application/json"}
        return self._http.request(method, url, content=value, headers=headers)

    def close(self) -> None:
        """End its connections."""
        self._http.close()


def _meaning(answer: httpx.Response) -> tuple[str, dict[str, Any]]:
    if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UNKNOWN, {"status": answer.status_code}
    try:
        said = {"status": answer.status_code, **answer.json()}
    except ValueError as error:
        return UNKNOWN, {"status": answer.status_code, "error": type(error).__name__}
    return (ACKNOWLEDGED if answer.status_code == httpx.codes.OK else REFUSED), said


def _meaning_of_line(said: Mapping[str, Any] | None) -> str:
    if said is None or said["outcome"] == "unavailable" or said.get("status", 0) >= httpx.codes.INTERNAL_SERVER_ERROR:
        return UNKNOWN
    return REFUSED if "code" in said else ACKNOWLEDGED
