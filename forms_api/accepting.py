"""The event loop of our processes: it takes one new connection in a turn.

asyncio takes all that wait. Of several worker processes on one socket the first to wake then had nearly every
connection of a crowd, and the others none; taken one by one, they go to whoever has time.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Any


class OneByOne(asyncio.SelectorEventLoop):
    """asyncio's own loop, but for how many connections it takes at once."""

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.BaseProtocol], *, sock: socket.socket, backlog: int, **more: Any
    ) -> asyncio.Server:
        """Listen on a socket; `backlog` connections may wait (for asyncio it is also how many it takes in a turn)."""
        server = await super().create_server(protocol_factory, sock=sock, backlog=1, **more)
        sock.listen(backlog)
        return server
