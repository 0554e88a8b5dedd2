"""Settings of the notifications service: the mail provider, how mail is sent, and live inboxes."""

from email.headerregistry import Address
from email.utils import parseaddr
from typing import Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from chassis.settings import Settings


class NotificationsSettings(Settings):
    """What the service reads from variables that begin with `BATON_`, besides those of every service. Times are in seconds."""

    smtp_host: str = Field(default="127.0.0.1", description="the mail provider's SMTP server")
    smtp_port: int = Field(default=25, ge=1, le=65535, description="its port")
    smtp_user: str | None = Field(default=None, description="who to log in as; nobody when left out")
    smtp_password: SecretStr | None = Field(default=None, description="the password of smtp_user")
    smtp_starttls: Literal["never", "if_offered", "always", "implicit"] = Field(
        default="if_offered", description="when to encrypt; implicit is TLS from the first byte, as on port 465"
    )
    smtp_timeout: float = Field(default=30.0, gt=0, le=600, description="silence of the server after which an attempt ends")
    mail_from: str = Field(default="Baton <baton@localhost>", description="the sender of every e-mail; its domain ends the Message-IDs")
    mail_lease: float = Field(
        default=120.0, gt=0, validate_default=True, description="how long an attempt may take; one that is silent for longer is uncertain"
    )
    mail_look: float = Field(default=0.5, gt=0, le=60, description="how often e-mails to be sent are looked for")
    mail_flights: int = Field(default=4, ge=1, le=64, description="e-mails being sent at once")
    inbox_streams: int = Field(default=500, ge=1, description="live inboxes open at once; one more gets 503")
    inbox_heartbeat: float = Field(default=15.0, gt=0, le=300, description="how often a quiet live inbox sends a comment")

    @property
    def sender(self) -> Address:
        """The sender as a header holds it."""
        name, address = parseaddr(self.mail_from)
        return Address(display_name=name, addr_spec=address)

    @field_validator("mail_from")
    @classmethod
    def _is_an_address(cls, text: str) -> str:
        name, address = parseaddr(text)
        if not address or Address(display_name=name, addr_spec=address).domain == "":
            raise ValueError("an address is asked for, such as Baton <baton@example.com>")
        return text

    @field_validator("mail_lease")
    @classmethod
    def _outlives_an_attempt(cls, lease: float, info: ValidationInfo) -> float:
        if lease < 3 * info.data.get("smtp_timeout", 0):
            raise ValueError("at least three times BATON_SMTP_TIMEOUT, or attempts that still go on are called uncertain")
        return lease

    @field_validator("smtp_password")
    @classmethod
    def _goes_with_a_user(cls, password: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if password is not None and info.data.get("smtp_user") is None:
            raise ValueError("given without BATON_SMTP_USER")
        return password
