"""The real forms over a real store in a temporary file, asked through Starlette's own client."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from forms_api.app import create_app
from forms_api.guard import Tokens
from forms_api.settings import Settings
from forms_api.store import open_store
from forms_api.store.protocol import NewSession, Store
from site_builder.content import Content
from tests.store_samples import VAULT

HOSTS = ("testserver",)  # what Starlette's client says it asks for
SECRET = "a key for tests, long enough to be one"
TOMORROW = datetime.now().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=30)  # noqa: DTZ005  # the store keeps naive Thai time


@pytest.fixture
def store(tmp_path: Path, content: Content) -> Iterator[Store]:
    opened = open_store(f"sqlite:///{tmp_path}/forms.db", content.forms.values(), VAULT)
    yield opened
    opened.close()


class Phone(TestClient):
    """A client that has begun its form a minute ago, where a test does not say otherwise."""

    def post(self, url: str, *, data: Any = None, **more: Any) -> Any:
        if isinstance(data, dict) and url.endswith("/check") and "token" not in data:
            begun = Tokens(SECRET, clock=lambda: time.time() - 60).begun(url.split("/")[2])
            data = data | {"token": begun}
        return super().post(url, data=data, **more)


@pytest.fixture
def client(content: Content, store: Store) -> Iterator[TestClient]:
    app = create_app(Settings(secret=SECRET, hosts=HOSTS, least_seconds=0), content, store)
    with Phone(app, follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def add_session(store: Store) -> Callable[..., int]:
    def add(capacity: int = 30, province: str = "50", place: str = "หอประชุมตัวอย่าง", days: int = 0) -> int:
        return store.add_session(NewSession(province, TOMORROW + timedelta(days=days), place, capacity))

    return add


@pytest.fixture
def signup() -> dict[str, str]:
    """A faultless trainer sign-up in Chiang Mai, without a session, as the web sends it."""
    return {
        "province": "50",
        "district": "5001",
        "subdistrict": "500101",
        "village": "หมู่ 4 บ้านหนองบัว",
        "role": "village_head",
        "session": "none",
        "full_name": "สมหญิง ตัวอย่าง",
        "phone": "๐๘๑-๒๓๔-๕๖๗๘",
        "contact": "call",
        "needs": "ramp",
        "note": "",
        "notice_read": "yes",
    }


@pytest.fixture
def plea() -> dict[str, str]:
    """A faultless help request, as the web sends it."""
    return {
        "topic": "photo",
        "step": "7",
        "detail": "รูปไม่ชัดทุกครั้ง",
        "province": "10",
        "phone": "0812345678",
        "call_time": "morning",
        "full_name": "",
        "filled_by": "self",
        "notice_read": "yes",
    }
