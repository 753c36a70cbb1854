"""The connection as uvicorn's answers use it: head and body leave in one packet, and how it is closed is ours to say.

uvicorn writes the head of an answer by itself: one more system call, and one more packet, for each answer.
"""

from asyncio import Transport
from collections.abc import Callable

_GO_ON = b"HTTP/1.1 100 "  # an answer before the answer, for who asked whether to send a body


class Line:
    """One connection, with the head of an answer held back until its first piece of body comes."""

    def __init__(self, transport: Transport, close: Callable[[], None]) -> None:
        self.is_closing = transport.is_closing
        self._write, self._close = transport.write, close
        self._expects_head, self._held = True, b""

    def write(self, data: bytes) -> None:
        """Send, the head together with what follows it (uvicorn lets a piece of body follow, if an empty one)."""
        if self._expects_head and not data.startswith(_GO_ON):
            self._expects_head, self._held = False, data
            return
        held, self._held = self._held, b""
        self._write(held + data)

    def answered(self) -> None:
        """The next write is a head again."""
        self._expects_head = True

    def close(self) -> None:
        """Send what is held back, and close the way we were told."""
        if self._held:
            self.write(b"")
        self._close()

    def let_go(self, close: Callable[[], None]) -> None:
        """The connection is lost: close no more the way we were told, which holds on to its owner."""
        self._close = close
