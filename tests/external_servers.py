"""A stack that others run: Kafka and MongoDB at the addresses given, with a mail catcher of our own beside them."""

import argparse
import os
import sys
from pathlib import Path

from stack.addresses import Addresses
from stack.catcher import MailCatcher
from stack.lifetime import hold
from stack.ports import Ports


class ExternalServers:
    """Takes BATON_TEST_KAFKA ("host:port") and BATON_TEST_MONGO (a connection string) as they are."""

    def __init__(self, home: Path) -> None:
        home.mkdir(parents=True, exist_ok=True)
        ports = Ports(home)
        self._mail = MailCatcher(home / "mail", ports.take("smtp"), ports.take("mail"))

    def start(self) -> Addresses:
        """Start the mail catcher; the others run already."""
        self._mail.start()
        return Addresses(os.environ["BATON_TEST_KAFKA"], os.environ["BATON_TEST_MONGO"], self._mail.smtp, self._mail.http)

    def stop(self) -> None:
        """Stop the mail catcher."""
        self._mail.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--with-pid", type=int, required=True)
    given = parser.parse_args()
    sys.exit(hold(ExternalServers(given.home), with_pid=given.with_pid))
