"""HEAD: the answer to GET without its body, for every path that has GET (RFC 9110, section 9.3.2)."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

IS_HEAD = "hpsearch.is_head"
"""In the scope of a request whose body nobody wants."""


class Head:
    """ASGI middleware that turns HEAD into GET and drops what GET sends as body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            scope["method"] = "HEAD"  # the server would miss the body of a GET, and cut the connection
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        scope[IS_HEAD] = True  # for what would never end
        try:
            await self.app(scope, receive, send_head)
        finally:
            scope["method"] = "HEAD"
