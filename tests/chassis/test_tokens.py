"""Bearer tokens: whom they let in, and that a strange one is refused rather than a failure."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from chassis.keys import KeySet
from chassis.settings import Settings
from chassis.tokens import Tokens, Unauthorized

KEY = "k" * 32
NOW = datetime.now(UTC)
CLAIMS: dict[str, Any] = {"sub": "colleague-1", "aud": "baton", "exp": NOW + timedelta(hours=1)}


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(Settings.model_validate({"jwt_key": KEY}))


def _signed(**others: Any) -> str:
    return jwt.encode({**CLAIMS, **others}, KEY, algorithm="HS256")


@pytest.mark.parametrize("times", [{"exp": "soon"}, {"exp": 1e30}, {"nbf": "soon"}, {"nbf": {}}, {"exp": []}])
def test_a_time_that_is_none_is_refused(tokens: Tokens, times: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        tokens.actor(_signed(**times))


def test_an_issuer_whose_clock_is_a_little_ahead_is_believed(tokens: Tokens) -> None:
    assert tokens.actor(_signed(iat=datetime.now(UTC) + timedelta(seconds=4))).id == "colleague-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"exp": NOW - timedelta(hours=1)},
        {"nbf": NOW + timedelta(hours=1)},
        {"roles": "operator"},
        {"sub": 7},
        {"sub": "x" * 201},
        {"sub": "a\nb"},
    ],
)
def test_a_token_for_somebody_else_or_another_time_is_refused(tokens: Tokens, claims: dict[str, Any]) -> None:
    with pytest.raises(Unauthorized):
        tokens.actor(_signed(**claims))


def test_a_token_that_is_not_signed_or_signed_with_another_key_is_refused(tokens: Tokens) -> None:
    for forged in (jwt.encode(CLAIMS, "", algorithm="none"), jwt.encode(CLAIMS, "x" * 32, algorithm="HS256")):
        with pytest.raises(Unauthorized):
            tokens.actor(forged)


def test_a_token_is_judged_by_the_moment_of_its_message(tokens: Tokens) -> None:
    """Guarantee: a command that waited on its topic, or is read again, is as valid as it was when it was published."""
    token = _signed(exp=NOW - timedelta(minutes=5))
    assert tokens.actor(token, at=NOW - timedelta(minutes=10)).verified
    with pytest.raises(Unauthorized):
        tokens.actor(token)


def test_a_token_on_a_topic_is_believed_by_a_process_whose_clock_is_behind(tokens: Tokens) -> None:
    """Guarantee: what was valid when it was published is not refused for good by a slow clock (found by chaos, seeds 401 and 417)."""
    token = _signed(iat=NOW + timedelta(hours=1), nbf=NOW + timedelta(hours=1), exp=NOW + timedelta(hours=2))
    assert tokens.actor(token, at=NOW + timedelta(hours=1)).verified
    with pytest.raises(Unauthorized):
        tokens.actor(token, at=NOW)


class Issuer(HTTPServer):
    """Serves the answers that it was given, the last one for ever."""

    answers: list[Any]
    asked = 0


class Answering(BaseHTTPRequestHandler):
    """One answer."""

    server: Issuer

    def do_GET(self) -> None:
        """The next answer."""
        body = json.dumps(self.server.answers[min(self.server.asked, len(self.server.answers) - 1)]).encode()
        self.server.asked += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    server = Issuer(("127.0.0.1", 0), Answering)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


async def test_the_keys_are_fetched_after_answers_that_are_none(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guarantee: whatever the issuer answers ends no process; and before there are keys nothing may be refused for good for want of them:
    `fetched`, which consuming waits for, is set by keys only."""
    private = rsa.generate_private_key(65537, 2048)
    public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key()))
    issuer.answers = [["not", "keys"], {"keys": "none"}, {"keys": [{**public, "kid": "key-1", "alg": "RS256"}]}]
    monkeypatch.setattr("chassis.keys.SOON", 0.01)
    monkeypatch.setattr("chassis.keys.EVERY", 0.02)
    tokens = Tokens(Settings.model_validate({"jwks_url": f"http://127.0.0.1:{issuer.server_port}/keys"}))
    assert isinstance(tokens.keys, KeySet)
    token = jwt.encode(CLAIMS, private, algorithm="RS256", headers={"kid": "key-1"})
    with pytest.raises(Unauthorized):
        tokens.actor(token)
    running = asyncio.create_task(tokens.keys.run())
    await asyncio.wait_for(tokens.keys.fetched.wait(), 20)
    assert issuer.asked >= 3
    assert tokens.actor(token).id == "colleague-1"
    with pytest.raises(Unauthorized):  # the public key is no secret: nobody may sign with it
        tokens.actor(jwt.encode(CLAIMS, "k" * 32, algorithm="HS256", headers={"kid": "key-1"}))
    running.cancel()
