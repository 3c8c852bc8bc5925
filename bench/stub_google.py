"""A program: Google Calendar as far as a refresh without changes asks for it, answering slowly.

Usage: stub_google.py PORT MILLISECONDS. Every listing of events is empty and ends in a sync token.
"""

from __future__ import annotations

import asyncio
import json
import sys

_BODY = json.dumps(
    {"kind": "calendar#events", "items": [], "nextSyncToken": "next", "timeZone": "UTC"}
).encode()
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_BODY),
    _BODY,
)


async def _serve(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seconds: float
) -> None:
    try:
        while await reader.readuntil(b"\r\n\r\n"):
            await asyncio.sleep(seconds)
            writer.write(_ANSWER)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def _main(port: int, seconds: float) -> None:
    server = await asyncio.start_server(
        lambda reader, writer: _serve(reader, writer, seconds), "127.0.0.1", port, backlog=1024
    )
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_main(int(sys.argv[1]), int(sys.argv[2]) / 1000))
