"""The mail catcher as a server of the stack."""

import sys
from pathlib import Path

from stack.mail import READY
from stack.ports import HOST
from stack.server import Server


class MailCatcher(Server):
    """`stack.mail` in a process of its own, with its messages in the folder."""

    def __init__(self, folder: Path, smtp_port: int, http_port: int) -> None:
        super().__init__("The mail catcher", folder)
        self._ports = (smtp_port, http_port)
        self.smtp = f"{HOST}:{smtp_port}"
        self.http = f"http://{HOST}:{http_port}"

    def prepare(self) -> None:
        """Nothing: the program makes its own file."""

    def command(self) -> list[str]:
        """This Python, the module `stack.mail`."""
        smtp, http = self._ports
        places = ["--smtp-port", str(smtp), "--http-port", str(http), "--store", str(self.folder / "mail.jsonl")]
        return [sys.executable, "-m", "stack.mail", *places]

    def ready_line(self) -> str:
        """What `stack.mail` prints when both its ports answer."""
        return READY
