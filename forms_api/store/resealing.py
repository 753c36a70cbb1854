"""Sealing kept answers anew: after a change of keys, or for rows from before there were keys."""

from collections.abc import Callable, Iterable
from functools import partial

from forms_api.store import statements
from forms_api.store.schema import index_column, indexed
from forms_api.store.sql import Sql
from forms_api.vault import Vault
from site_builder.forms import Form

BATCH = 500  # rows of one transaction, so that people who send meanwhile do not wait

Piece = tuple[int | None, int]  # the row number to go on after, None at the end; how many rows were changed


class Resealing:
    """Goes through the tables of a set of forms and seals what is not sealed with the key in use."""

    def __init__(self, forms: Iterable[Form], vault: Vault) -> None:
        self._vault = vault
        self._secret = {form.id: [one.name for one in form.fields if one.secret] for form in forms}
        self._indexed = {form.id: set(indexed(form)) for form in forms}

    def everywhere(self, run: Callable[[Callable[[Sql], Piece]], Piece]) -> int:
        """Go through all tables, each piece in a transaction by `run`; return how many rows were changed."""
        changed = 0
        for table, names in self._secret.items():
            after: int | None = 0 if names else None
            while after is not None:
                after, count = run(partial(self._piece, table, names, after))
                changed += count
        return changed

    def _piece(self, table: str, names: list[str], after: int, sql: Sql) -> Piece:
        changed = 0
        kept_rows = sql.execute(statements.sealed(table, names), (after, BATCH)).fetchall()
        for row_id, reference, *kept in kept_rows:
            if any(one is not None and self._vault.stale(one) for one in kept):
                columns = self._resealed(table, reference, dict(zip(names, kept, strict=True)))
                sql.execute(statements.reseal(table, columns), (*columns.values(), row_id))
                changed += 1
        return (kept_rows[-1][0] if kept_rows else None), changed

    def _resealed(self, table: str, reference: str, kept: dict[str, str | None]) -> dict[str, str]:
        columns = {}
        for name, one in kept.items():
            if one is not None:
                text = self._vault.open(table, reference, name, one)
                columns[name] = self._vault.seal(table, reference, name, text)
                if name in self._indexed[table]:
                    columns[index_column(name)] = self._vault.index(text)
        return columns
