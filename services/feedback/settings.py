"""Settings of the feedback service besides those of every service: where its pages are, and the key that signs their links."""

import hashlib
import hmac

from pydantic import Field, SecretStr

from chassis.settings import Settings, SettingsError

PURPOSE = b"baton answer links"


class FeedbackSettings(Settings):
    """Both have a default for development, from the settings that every service has."""

    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s?#]+$",
        description="how the answer page is reached from outside; when left out, the address that the service listens on",
    )
    link_key: SecretStr | None = Field(
        default=None,
        min_length=32,
        description="HS256 key of links in invitations; when left out, one derived from jwt_key, for development",
    )

    def base(self) -> str:
        """The address that links begin with, without a slash at its end."""
        return (self.public_url or f"http://{self.http_host}:{self.http_port}").rstrip("/")

    def signing_key(self) -> bytes:
        """The key that signs links.

        Raises:
            SettingsError: neither key is set.
        """
        if self.link_key:
            return self.link_key.get_secret_value().encode()
        if self.jwt_key:
            return hmac.new(self.jwt_key.get_secret_value().encode(), PURPOSE, hashlib.sha256).digest()
        raise SettingsError("BATON_LINK_KEY: must be set, 32 characters or more: it signs the links in invitations")
