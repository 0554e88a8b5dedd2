"""Bearer tokens: who a caller is, shown by a signed JWT (RFC 7519), over HTTP and in Kafka headers alike."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from chassis.decision import Actor, DomainError
from chassis.keys import KeySet
from chassis.settings import Settings
from contracts.values import is_id

OPERATOR = "operator"
"""The role that may do everything."""
LEEWAY = timedelta(seconds=10)
"""An issuer's clock, or a publisher's, may be ahead of the other's."""
ASYMMETRIC = ["RS256", "RS384", "RS512", "ES256", "ES384", "PS256", "EdDSA"]


class Unauthorized(DomainError):
    """No token, or one that proves nothing."""

    code = "unauthorized"
    status = 401


class Tokens:
    """Checks tokens: with the keys of a JWKS address where one is set, else with the development key."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._key = settings.jwt_key.get_secret_value() if settings.jwt_key else None
        self.keys = KeySet(settings.jwks_url) if settings.jwks_url else None

    def actor(self, token: str, at: datetime | None = None) -> Actor:
        """Who the token speaks for. `at`: the moment at which it must have been valid; now when left out.

        Raises:
            Unauthorized: the token is missing, forged, expired, or for somebody else.
        """
        try:
            claims = self._claims(token.removeprefix("Bearer ").strip())
            issued, begins, ends = (datetime.fromtimestamp(claims.get(name, 0), UTC) for name in ("iat", "nbf", "exp"))
        except (jwt.PyJWTError, TypeError, ValueError, OverflowError) as error:  # the latter three: times that are none
            raise Unauthorized(f"the bearer token is not valid: {error}") from None
        moment = at or datetime.now(UTC)
        if not max(issued, begins) - LEEWAY <= moment < ends + LEEWAY:
            raise Unauthorized("the bearer token has expired, or is not valid yet")
        roles = claims.get("roles", ())
        if not isinstance(roles, list | tuple) or not all(isinstance(role, str) for role in roles):
            raise Unauthorized("the bearer token's roles are not a list of names")
        if not is_id(subject := str(claims["sub"])):
            raise Unauthorized("the bearer token's subject must have 1 to 200 printable characters")
        return Actor(id=subject, roles=frozenset(roles), verified=True)

    def _claims(self, token: str) -> dict[str, Any]:
        key: Any = self.keys.key(token) if self.keys else self._key
        if key is None:
            raise jwt.InvalidTokenError("this service has no key to check tokens with")
        return jwt.decode(
            token,
            key,
            algorithms=ASYMMETRIC if self.keys else ["HS256"],
            audience=self._settings.jwt_audience,
            issuer=self._settings.jwt_issuer,
            options={"require": ["exp", "sub"], "verify_exp": False, "verify_nbf": False, "verify_iat": False},  # see `actor`
        )


def issue(key: str, subject: str, roles: list[str], audience: str, lives: timedelta) -> str:
    """A development token, signed with HS256."""
    now = datetime.now(UTC)
    return jwt.encode({"sub": subject, "roles": roles, "aud": audience, "iat": now, "exp": now + lives}, key, algorithm="HS256")
