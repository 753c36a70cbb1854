"""Starting the form service: keys, schema, sample sessions, then one uvicorn process until it is told to stop."""

import gc
import ipaddress
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from forms_api.app import create_app
from forms_api.deadlines import Limits, ServiceConfig
from forms_api.errors import FormsError, SettingsError
from forms_api.logs import logging_config, spare_details, tell_failures
from forms_api.sessions import samples
from forms_api.settings import DEFAULT_SECRET_FILE, DEFAULT_STORE, Settings, make_secret
from forms_api.store import SQLITE, database_path, open_store
from forms_api.store.checkup import machine
from forms_api.store.submissions import THAI_TIME
from forms_api.vault import Vault, find_keyring, keys_file, make_keys
from site_builder.content import Content, load_content

GRACE_SECONDS = 10  # for requests under way when the service is told to stop
BACKLOG = 2_048
LEAST_OPEN_FILES = 4_096
COLLECT_AFTER = 50_000  # new objects
PARENT = "FORMS_API_PARENT"  # how a worker knows whose it is, even when that one died while it was starting


@dataclass(frozen=True)
class Place:
    """Where to listen, with how many processes, and what to serve beside the forms."""

    host: str
    port: int  # 0: any free one
    site: Path | None
    demo: bool
    workers: int = 1


class _Announcing(uvicorn.Server):
    """Says where it listens once it does."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            _announce(sockets[0])


def _announce(listener: socket.socket) -> None:
    host, port = listener.getsockname()[:2]
    print(f"แบบฟอร์มเปิดที่ http://{f'[{host}]' if ':' in host else host}:{port}/", flush=True)


def serve(place: Place, env: Mapping[str, str]) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are answered and the queue is written before it returns."""
    settings = settings_for(place, env)
    tell_failures()
    spare_details()
    content = load_content()
    _raise_open_files()
    with ExitStack() as held:
        store = held.enter_context(closing(open_store(settings.store_url, content.forms.values(), settings.vault)))
        _warn(settings, content)
        if place.demo:
            _announce_demo(store.seed_sessions(samples(datetime.now(UTC).astimezone(THAI_TIME))))
        listener = held.enter_context(_listening(place))
        # uvicorn raises the signal again when it has stopped; leaving by SystemExit closes the store first.
        signal.signal(signal.SIGTERM, _leave)
        signal.signal(signal.SIGINT, _leave)
        if place.workers > 1:
            store.close()
            _serve_with_workers(place, settings, env, listener)
        else:
            app = create_app(settings, content, store)
            spare_collector()
            _Announcing(server_config(app, settings, Limits.from_env(env))).run(sockets=[listener])


def _serve_with_workers(place: Place, settings: Settings, env: Mapping[str, str], listener: socket.socket) -> None:
    """Several processes on one socket, each with a writer of its own; one that dies is started again."""
    if settings.site_dir:
        os.environ["FORMS_API_SITE_DIR"] = str(settings.site_dir)  # how a worker learns of --site
    os.environ[PARENT] = str(os.getpid())
    os.environ["FORMS_API_WORKERS"] = str(place.workers)  # of whose limits it has a share
    limits = Limits.from_env(env).shared(place.workers)
    config = server_config("forms_api.serve:worker", settings, limits, factory=True, workers=place.workers)
    _announce(listener)
    Multiprocess(config, sockets=[listener]).run()


def worker() -> Any:
    """Return the application of one worker process, with a store of its own; it stops when its parent is gone."""
    threading.Thread(target=_stop_with, args=(int(os.environ[PARENT]),), daemon=True).start()
    tell_failures()
    spare_details()
    try:
        app = create_app(Settings.from_env(os.environ))
        spare_collector()
        return app
    except FormsError as error:
        print(error, file=sys.stderr)
        sys.exit(STARTUP_FAILURE)  # the parent stops, and does not start us again and again


def spare_collector() -> None:
    """Have Python look for dead rings of objects seldom, and never among what was loaded at the start.

    By itself it looks after every 700 new objects, and with some hundred forms under way that is a seventh of all the
    work. What is not in a ring, as nearly everything here, goes at once without it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, 10, 10)


def _stop_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os.kill(os.getpid(), signal.SIGTERM)  # a worker without a parent would hold the port, and nobody could stop it


def _raise_open_files() -> None:
    """Allow as many open connections as the system lets us; 900 slow visitors need 900 of them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard != resource.RLIM_INFINITY and hard < LEAST_OPEN_FILES:
        print(f"ระบบให้เปิดไฟล์ได้แค่ {hard} ควรให้อย่างน้อย {LEAST_OPEN_FILES} (LimitNOFILE)", file=sys.stderr)


def _warn(settings: Settings, content: Content) -> None:
    """Say at the start what the doctor would say about this machine, so that nobody has to ask."""
    if not settings.rate_limit:
        print("FORMS_API_RATE_LIMIT=off: ไม่จำกัดจำนวนครั้ง ใช้ทดสอบเท่านั้น ห้ามใช้จริง", file=sys.stderr)
    if settings.store_url.startswith(SQLITE):
        for finding in machine(database_path(settings.store_url), content.forms.values()):
            if finding.level != "ok":
                print(finding.text, file=sys.stderr)


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
    if not settings.hosts and not is_loopback(place.host):
        raise SettingsError(
            f"FORMS_API_HOSTS ยังไม่ได้ตั้ง การเปิดที่ {place.host} ต้องบอกชื่อเว็บที่รับ เช่น FORMS_API_HOSTS=ชื่อเว็บของหน่วยงาน"
        )
    if not settings.log_format:
        settings = replace(settings, log_format="plain" if is_loopback(place.host) else "json")
    settings = replace(settings, workers=place.workers)
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
    try:
        open_store(store_url, (), Vault.off()).close()  # refuses where answers are sealed with keys that were lost
    except SettingsError:
        if find_keyring(env) is None:  # else another first start made them since we looked, and has sealed with them
            raise
    make_keys(keys_file(env))


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach `host`."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(place: Place) -> socket.socket:
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    # Told to be TCP in so many words: asyncio sends small answers at once (TCP_NODELAY) on such sockets only.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((place.host, place.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        message = f"เปิดที่ {place.host} พอร์ต {place.port} ไม่ได้ ({error.strerror}) ลองพอร์ตอื่น เช่น PORT=8001"
        raise SettingsError(message) from error
    return listener


def server_config(app: Any, settings: Settings, limits: Limits, **more: Any) -> ServiceConfig:
    """Return how uvicorn runs the service."""
    return ServiceConfig(
        app,
        limits,
        settings.proxies,
        loop="forms_api.accepting:OneByOne",
        ws="none",
        lifespan="on",
        log_config=logging_config(settings.log_format, settings.access_log, debug=settings.debug),
        access_log=False,  # ours knows more, and tells less
        server_header=False,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACE_SECONDS,
        proxy_headers=bool(settings.proxies),
        forwarded_allow_ips=list(settings.proxies),
        **more,
    )


def _leave(_signal: int, _frame: object) -> None:
    sys.exit(0)


def _announce_demo(added: int) -> None:
    if added:
        print(f"เพิ่มรอบอบรมตัวอย่าง {added} รอบ (DEMO) ไม่ใช่รอบจริง", file=sys.stderr)
