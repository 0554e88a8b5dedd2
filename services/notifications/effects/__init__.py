"""The outside: e-mails are claimed, handed to the mail provider over SMTP, and what became of each is recorded."""

from services.notifications.effects.mailroom import send_mail

__all__ = ["send_mail"]
