"""How much a request may send: counted as it comes, because FastAPI reads a body before it asks for the token."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class BodyLimit:
    """Refuses with 413 a body of more than `most` bytes; no more of it is kept."""

    def __init__(self, app: ASGIApp, most: int) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI protocol."""
        size = 0

        async def counted() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            if size > self._most:
                raise HTTPException(413, f"the body has more than {self._most:,} bytes: send it in parts")
            return message

        await self._app(scope, counted if scope["type"] == "http" else receive, send)
