"""Every test here runs once for each engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from forms_api.store.protocol import Store
from tests.conformance.engines import ENGINES, Opener


@pytest.fixture(params=ENGINES)
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    """Opens the data of this test; again, where a test closes the store and goes on."""
    return ENGINES[request.param](tmp_path)


@pytest.fixture
def store(opener: Opener) -> Iterator[Store]:
    opened = opener()
    yield opened
    opened.close()
