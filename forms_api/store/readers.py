"""Connections for reading: lent to one thread at a time, never able to write."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from forms_api.errors import Busy
from forms_api.store._sqlite import Connection, OperationalError, open_reader

_KEPT = 8  # idle connections kept open; a rush opens more and closes them again


class Readers:
    """A small stack of read-only connections to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: queue.LifoQueue[Connection] = queue.LifoQueue(_KEPT)
        self._closed = threading.Event()

    @contextmanager
    def lend(self) -> Iterator[Connection]:
        """Lend a connection until the end of the `with` block; raise Busy where the file cannot be read."""
        try:
            connection = self._take()
            try:
                yield connection
            finally:
                self._give_back(connection)
        except OperationalError as error:
            raise Busy from error

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Lend a connection that sees one moment of the data, however long the block takes."""
        with self.lend() as connection:
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    def close(self) -> None:
        """Close the idle connections; those still lent are closed when they come back."""
        self._closed.set()
        while True:
            try:
                self._idle.get_nowait().close()
            except queue.Empty:
                return

    def _take(self) -> Connection:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return open_reader(self._path)

    def _give_back(self, connection: Connection) -> None:
        if not self._closed.is_set():
            try:
                self._idle.put_nowait(connection)
            except queue.Full:
                pass
            else:
                return
        connection.close()
