"""The embedded stack: every server as a child of this process, with all its files under one folder."""

import contextlib
import fcntl
import json
import os
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from pymongo.errors import PyMongoError

from stack.addresses import Addresses
from stack.catcher import MailCatcher
from stack.errors import StackError
from stack.jars import kafka_jars
from stack.kafka import Kafka
from stack.mongo import MongoReplicaSet
from stack.ports import Ports
from stack.preflight import check


class Stack:
    """Kafka, MongoDB and a mail catcher under `home`; a context manager that starts and stops them.

    The servers end when this process ends, whatever ends it. `kafka`, `mongo` and `mail` are handles to break and mend
    each server: `kill()`, `start()`, `pause()`, `resume()`, `restart()`.
    """

    kafka: Kafka
    mongo: MongoReplicaSet
    mail: MailCatcher

    def __init__(self, home: Path, mongo_members: int = 1) -> None:
        self.home = home.absolute()
        self._mongo_members = mongo_members
        self._lock: TextIO | None = None

    def start(self) -> Addresses:
        """Start every server and return where they answer (3 s; the first time also a download of 44 MB).

        Raises StackError when the machine lacks something, when another stack runs in the same folder, and when a
        server does not come up; none is left running then.
        """
        check()
        kafka_jars()
        self._claim()
        try:
            self._place()
            for server in (self.mongo, self.mail, self.kafka):
                server.launch()
            for server in (self.mongo, self.mail, self.kafka):
                server.await_ready()
            self._publish()
        except (OSError, PyMongoError) as error:
            self.stop()
            raise StackError(f"The stack in {self.home} did not start: {error}") from error
        except BaseException:
            self.stop()
            raise
        return self.addresses

    def stop(self) -> None:
        """Stop every server in order; their data stays. Does nothing when none runs."""
        if self._lock is None:
            return
        for name in ("mail", "kafka", "mongo"):
            if hasattr(self, name):
                getattr(self, name).stop()
        with contextlib.suppress(FileNotFoundError):
            self._record.unlink()
        self._lock.close()
        self._lock = None

    @property
    def addresses(self) -> Addresses:
        """Where the servers answer; they keep their ports over `restart()` and `kill()`."""
        return Addresses(kafka=self.kafka.address, mongo=self.mongo.uri, smtp=self.mail.smtp, mail=self.mail.http)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def _record(self) -> Path:
        return self.home / "stack.json"

    def _claim(self) -> None:
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            lock = (self.home / "stack.lock").open("a+")
        except OSError as error:
            raise StackError(f"The folder {self.home} cannot be used: {error.strerror}.") from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise StackError(f"A stack is already running in {self.home}; stop it first, or choose another folder.") from None
        self._lock = lock

    def _place(self) -> None:
        ports = Ports(self.home)
        self.kafka = Kafka(self.home / "kafka", ports.take("kafka"), ports.take("controller"))
        self.mongo = MongoReplicaSet(self.home, [ports.take(f"mongo-{number}") for number in range(self._mongo_members)])
        self.mail = MailCatcher(self.home / "mail", ports.take("smtp"), ports.take("mail"))

    def _publish(self) -> None:
        pids = {"kafka": self.kafka.pid, "mongo": self.mongo.members[0].pid, "mail": self.mail.pid}
        record = {**asdict(self.addresses), "pid": os.getpid(), "pids": pids}
        # Renamed into place: whoever reads the file finds all of it or none.
        fresh = self._record.with_suffix(".new")
        fresh.write_text(json.dumps(record, indent=2) + "\n")
        fresh.replace(self._record)
