"""The link in an invitation: a signed, expiring token that says who answers which survey, and nothing personal."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

import jwt

AUDIENCE = "baton:answer-page"
"""Sets these tokens apart from bearer tokens, should both be signed with one key."""


class LinkInvalid(Exception):
    """The token was not signed here, or is not whole."""


class LinkExpired(Exception):
    """The token was good once."""


@dataclass(frozen=True)
class Invitation:
    """Who may answer which survey of which deal."""

    deal_id: str
    survey_id: str
    respondent_id: str


@dataclass(frozen=True)
class AnswerLinks:
    """Makes links and reads them. `base`: the service's address from outside."""

    key: bytes = field(repr=False)
    base: str

    def address(self, invitation: Invitation, expires_at: datetime) -> str:
        """The page's address for this person; the same arguments give the same address."""
        return f"{self.base}/answers/{self.token(invitation, expires_at)}"

    def token(self, invitation: Invitation, expires_at: datetime) -> str:
        """A JWT (RFC 7519), HS256, good until `expires_at`, to the second."""
        claims = {
            "aud": AUDIENCE,
            "deal": invitation.deal_id,
            "survey": invitation.survey_id,
            "sub": invitation.respondent_id,
            "exp": int(expires_at.timestamp()),
        }
        return jwt.encode(claims, self.key, algorithm="HS256")

    def read(self, token: str, now: datetime) -> Invitation:
        """What the token says.

        Raises:
            LinkInvalid: it was not signed here, or is not whole.
            LinkExpired: it was good until a moment before `now`.
        """
        needed = ["aud", "exp", "sub", "deal", "survey"]
        try:
            claims = jwt.decode(token, self.key, algorithms=["HS256"], audience=AUDIENCE, options={"require": needed, "verify_exp": False})
            invitation = Invitation(str(claims["deal"]), str(claims["survey"]), str(claims["sub"]))
            expires_at = datetime.fromtimestamp(claims["exp"], UTC)
        except (jwt.PyJWTError, TypeError, ValueError, OverflowError) as error:
            raise LinkInvalid("the link is not one of ours, or not whole") from error
        if now >= expires_at:
            raise LinkExpired("the link has expired")
        return invitation
