"""The one error of this package: something kept the stack from starting, said in words for the person at the terminal."""


class StackError(Exception):
    """A server, a file or a system package stands in the way; the message is one clear sentence, a log's tail may follow it."""
