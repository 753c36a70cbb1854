"""Where answers and sessions are kept; `open_store` is the way in."""

import re
from collections.abc import Iterable
from pathlib import Path

from forms_api.errors import SettingsError
from forms_api.store.protocol import Store
from forms_api.vault import Vault
from site_builder.forms import Form

SQLITE = "sqlite:///"
POSTGRES = ("postgresql://", "postgres://")


def database_path(url: str) -> Path:
    """Return the file of a `sqlite:///…` address: three slashes for a path from here, four for one from the root."""
    if not url.startswith(SQLITE) or not url.removeprefix(SQLITE):
        raise SettingsError(
            f"FORMS_API_STORE={_shown(url)}: write sqlite:///var/forms.db, sqlite:////srv/forms/forms.db or postgresql://…"
        )
    return Path(url.removeprefix(SQLITE))


def _shown(url: str) -> str:
    """Return as much of an address as can hold no password."""
    if re.fullmatch(r"(sqlite:)?[\w./-]*", url):
        return url
    scheme = re.match("[a-z+]{1,20}://", url)
    return f"{scheme[0]}…" if scheme else "…"


def open_store(url: str, forms: Iterable[Form], vault: Vault) -> Store:
    """Open the store at `url`, bring its schema up to the forms, and start its writer.

    Raises SettingsError where the data was sealed with other keys than those of `vault`.
    """
    if url.startswith(POSTGRES):
        return _postgres(url, forms, vault)
    from forms_api.store.sqlite import SqliteStore

    return SqliteStore(database_path(url), forms, vault)


def is_new(url: str) -> bool:
    """Tell whether nothing was ever kept at `url`."""
    if not url.startswith(POSTGRES):
        return not database_path(url).exists()
    _need_postgres()
    from forms_api.store.postgres.server import is_empty

    return is_empty(url)


def _postgres(url: str, forms: Iterable[Form], vault: Vault) -> Store:
    _need_postgres()
    from forms_api.store.postgres import PostgresStore

    return PostgresStore(url, forms, vault)


def _need_postgres() -> None:
    try:
        import forms_api.store.postgres  # noqa: F401
    except ImportError as error:
        raise SettingsError(
            "FORMS_API_STORE เป็น PostgreSQL แต่ยังไม่ได้ติดตั้งส่วนนี้ ติดตั้งด้วย pip install '.[postgres]'"
        ) from error
