"""The public keys that production tokens are signed with: fetched beside the work, so that checking a token never waits."""

import asyncio
from contextlib import suppress

import jwt
import structlog

log = structlog.get_logger("baton.tokens")
EVERY = 300.0
"""Seconds between two fetches."""
SOON = 10.0
"""Seconds between two fetches at least, when tokens name keys that are not known: nobody can make this service hammer the issuer."""
TIMEOUT = 5.0


class KeySet:
    """The keys of a JWKS address (RFC 7517), by key id. `fetched`: set when there are any; before, every token would be refused."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: dict[str, jwt.PyJWK] = {}
        self._missed = asyncio.Event()
        self.fetched = asyncio.Event()

    def key(self, token: str) -> jwt.PyJWK:
        """The key that the token says it was signed with.

        Raises:
            PyJWTError: it names none, or one that is not known (yet).
        """
        key_id = jwt.get_unverified_header(token).get("kid")
        if key_id in self._keys:
            return self._keys[key_id]
        self._missed.set()
        raise jwt.InvalidTokenError("its signing key is not known")

    async def run(self) -> None:
        """Fetch the keys now and then, for the life of the process; after a failure the old ones stay."""
        import httpx  # six megabytes that only a set of keys needs

        async with httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=True) as client:
            while True:
                try:
                    answer = await client.get(self._url)
                    answer.raise_for_status()
                    self._keys = {key.key_id: key for key in jwt.PyJWKSet.from_dict(answer.json()).keys if key.key_id}
                    self.fetched.set()
                except Exception as error:  # whatever a strange answer raises: the old keys stay
                    log.warning("the keys of tokens were not fetched", error=type(error).__name__)
                await self._until_wanted()

    async def _until_wanted(self) -> None:
        self._missed.clear()
        await asyncio.sleep(SOON)
        with suppress(TimeoutError):
            async with asyncio.timeout(EVERY - SOON):
                await self._missed.wait()
