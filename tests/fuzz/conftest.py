"""The real application over a real store, one for all the examples of a module."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from forms_api.app import create_app
from forms_api.settings import Settings
from forms_api.store.sqlite import SqliteStore
from site_builder.content import Content
from tests.forms.conftest import HOSTS, SECRET, Phone
from tests.store_samples import VAULT, new_session


@pytest.fixture(scope="module")
def store(content: Content, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteStore]:
    opened = SqliteStore(tmp_path_factory.mktemp("fuzz") / "forms.db", content.forms.values(), VAULT)
    opened.add_session(new_session())
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(content: Content, store: SqliteStore) -> Iterator[TestClient]:
    settings = Settings(secret=SECRET, hosts=HOSTS, least_seconds=0, rate_limit=False)
    with Phone(create_app(settings, content, store), follow_redirects=False) as opened:
        yield opened
