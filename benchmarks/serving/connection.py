"""A lean HTTP/1.1 client: it shares two cores with what it measures, so it does nothing that need not be done."""

import asyncio
import json
from typing import Any

from serving.server import TOKEN, Server


class Connection:
    """One kept-alive connection to a server, as one client has it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, server: Server) -> "Connection":
        return cls(*await asyncio.open_connection(*server.host_and_port, limit=2**24))

    async def send(self, method: str, path: str, document: Any = None) -> Any:
        """The JSON answer to a request below the base path; raises RuntimeError when it is no 2xx."""
        body = json.dumps(document).encode() if document is not None else b""
        head = (
            f"{method} /api/v1{path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {TOKEN}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self._writer.write(head.encode() + body)
        answered = await self._reader.readuntil(b"\r\n\r\n")
        lower = answered.lower()
        at = lower.index(b"content-length:") + 15
        content = await self._reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
        if answered[9:10] != b"2":
            raise RuntimeError(f"{method} {path}: {content.decode()}")
        return json.loads(content)

    async def post(self, path: str, document: Any) -> Any:
        return await self.send("POST", path, document)

    def close(self) -> None:
        self._writer.close()
