"""The stores that must all keep the same promises, each over fresh data of its own."""

from collections.abc import Callable, Iterable
from pathlib import Path

from forms_api.store.postgres import PostgresStore
from forms_api.store.protocol import Store
from forms_api.store.sqlite import SqliteStore
from forms_api.vault import Vault
from site_builder.forms import Form
from tests.clusters import new_database
from tests.store_samples import FIELDS, VAULT, made_form

SIGNUP = made_form()
PLEA = made_form("help_request", [field for field in FIELDS if field["type"] != "session"])
FORMS = (SIGNUP, PLEA)

Opener = Callable[..., Store]  # opens the same data again each time: opener(vault=…, forms=…)


def sqlite_data(folder: Path) -> Opener:
    """Data in a file of this folder."""

    def open_again(vault: Vault = VAULT, forms: Iterable[Form] = FORMS, **options: object) -> Store:
        return SqliteStore(folder / "forms.db", forms, vault, **options)  # type: ignore[arg-type]

    return open_again


def postgres_data(_folder: Path) -> Opener:
    """Data in a fresh database of this test process's own server."""
    url = new_database()

    def open_again(vault: Vault = VAULT, forms: Iterable[Form] = FORMS, **options: object) -> Store:
        return PostgresStore(url, forms, vault, **options)  # type: ignore[arg-type]

    return open_again


ENGINES: dict[str, Callable[[Path], Opener]] = {"sqlite": sqlite_data, "postgres": postgres_data}
