"""The little that our statements need of a database connection; SQLite's fits as it is, PostgreSQL's is wrapped.

Statements are written once, with `?` for values, and stay within what both engines understand.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol


class Rows(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class Sql(Protocol):
    """A connection inside a transaction that somebody else began and will commit."""

    def execute(self, sql: str, given: Sequence[Any] = ..., /) -> Rows: ...
