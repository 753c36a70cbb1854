"""Where answers and sessions are kept; `open_store` is the way in."""

from collections.abc import Iterable
from pathlib import Path

from forms_api.errors import SettingsError
from forms_api.store.protocol import Store
from forms_api.vault import Vault
from site_builder.forms import Form

SQLITE = "sqlite:///"


def database_path(url: str) -> Path:
    """Return the file of a `sqlite:///…` address: three slashes for a path from here, four for one from the root."""
    if not url.startswith(SQLITE) or not url.removeprefix(SQLITE):
        raise SettingsError(f"FORMS_API_STORE={url}: write sqlite:///var/forms.db or sqlite:////srv/forms/forms.db")
    return Path(url.removeprefix(SQLITE))


def open_store(url: str, forms: Iterable[Form], vault: Vault) -> Store:
    """Open the store at `url`, bring its schema up to the forms, and start its writer.

    Raises SettingsError where the data was sealed with other keys than those of `vault`.
    """
    from forms_api.store.sqlite import SqliteStore

    return SqliteStore(database_path(url), forms, vault)
