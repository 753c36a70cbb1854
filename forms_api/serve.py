"""Starting the form service: keys, schema, sample sessions, then one uvicorn process until it is told to stop."""

import ipaddress
import logging
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn

from forms_api.app import create_app
from forms_api.errors import SettingsError
from forms_api.sessions import samples
from forms_api.settings import DEFAULT_SECRET_FILE, DEFAULT_STORE, Settings, make_secret
from forms_api.store import open_store
from forms_api.store.submissions import THAI_TIME
from forms_api.vault import Vault, find_keyring, keys_file, make_keys
from site_builder.content import load_content

GRACE_SECONDS = 10  # for requests under way when the service is told to stop
BACKLOG = 2_048


@dataclass(frozen=True)
class Place:
    """Where to listen, and what to serve beside the forms."""

    host: str
    port: int  # 0: any free one
    site: Path | None
    demo: bool


class WithoutQuery(logging.Filter):
    """Cuts the query from logged addresses: it may hold a receipt or what a person typed."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Change the record's arguments (client, method, address, version, status); keep the record."""
        if isinstance(record.args, tuple) and len(record.args) == 5:
            client, method, address, version, status = record.args
            record.args = (client, method, str(address).partition("?")[0], version, status)
        return True


class _Announcing(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            host, port = sockets[0].getsockname()[:2]
            print(f"แบบฟอร์มเปิดที่ http://{f'[{host}]' if ':' in host else host}:{port}/", flush=True)


def serve(place: Place, env: Mapping[str, str]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered and the queue is written before it returns."""
    settings = settings_for(place, env)
    content = load_content()
    with closing(open_store(settings.store_url, content.forms.values(), settings.vault)) as store:
        if place.demo:
            _announce_demo(store.seed_sessions(samples(datetime.now(UTC).astimezone(THAI_TIME))))
        app = create_app(settings, content, store)
        with _listening(place) as listener:
            # uvicorn raises the signal again when it has stopped; leaving by SystemExit closes the store first.
            signal.signal(signal.SIGTERM, _leave)
            signal.signal(signal.SIGINT, _leave)
            _Announcing(server_config(app)).run(sockets=[listener])


def settings_for(place: Place, env: Mapping[str, str]) -> Settings:
    """Return the settings; makes the secret key on the first start on this machine only (loopback)."""
    if not env.get("FORMS_API_SECRET_FILE"):
        if not is_loopback(place.host):
            raise SettingsError(
                f"FORMS_API_SECRET_FILE ยังไม่ได้ตั้ง การเปิดที่ {place.host} ต้องมีไฟล์กุญแจของหน่วยงานเอง (docs/operating.md)"
            )
        make_secret(DEFAULT_SECRET_FILE)
    _make_data_keys(place, env)
    settings = Settings.from_env(env)
    return replace(settings, site_dir=place.site) if place.site else settings


def _make_data_keys(place: Place, env: Mapping[str, str]) -> None:
    """Make the data keys on the first start on this machine; elsewhere, and with data already sealed, refuse."""
    if find_keyring(env) is not None:
        return
    if place.demo:
        print("DEMO=1: ข้อมูลไม่ได้เข้ารหัส ใช้กับข้อมูลสมมติเท่านั้น อย่ารับชื่อจริง", file=sys.stderr)
        return
    if not is_loopback(place.host):
        raise SettingsError(
            f"FORMS_API_KEYS_FILE ยังไม่ได้ตั้ง การเปิดที่ {place.host} ต้องมีไฟล์กุญแจข้อมูล "
            "ทำด้วย forms-api keys make (docs/operating.md)"
        )
    store_url = env.get("FORMS_API_STORE") or DEFAULT_STORE
    open_store(store_url, (), Vault.off()).close()  # refuses where answers are sealed with keys that were lost
    make_keys(keys_file(env))


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        return socket.create_server((place.host, place.port), family=family, backlog=BACKLOG)
    except OSError as error:
        message = f"เปิดที่ {place.host} พอร์ต {place.port} ไม่ได้ ({error.strerror}) ลองพอร์ตอื่น เช่น PORT=8001"
        raise SettingsError(message) from error


def server_config(app: Any) -> uvicorn.Config:
    """Return how uvicorn runs the service."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=LOGGING,
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


def _leave(_signal: int, _frame: object) -> None:
    sys.exit(0)


def _announce_demo(added: int) -> None:
    if added:
        print(f"เพิ่มรอบอบรมตัวอย่าง {added} รอบ (DEMO) ไม่ใช่รอบจริง", file=sys.stderr)


LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_query": {"()": WithoutQuery}},
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "access": {
            "()": "uvicorn.logging.AccessFormatter",
            "fmt": '%(asctime)s %(client_addr)s "%(request_line)s" %(status_code)s',
            "use_colors": False,
        },
    },
    "handlers": {
        "plain": {"class": "logging.StreamHandler", "formatter": "plain", "stream": "ext://sys.stderr"},
        "access": {
            "class": "logging.StreamHandler",
            "formatter": "access",
            "stream": "ext://sys.stderr",
            "filters": ["without_query"],
        },
    },
    "loggers": {
        "uvicorn": {"handlers": ["plain"], "level": "WARNING", "propagate": False},
        "uvicorn.access": {"handlers": ["access"], "level": "INFO", "propagate": False},
        "forms_api": {"handlers": ["plain"], "level": "INFO", "propagate": False},
    },
}
