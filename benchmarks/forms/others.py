"""Servers that are not ours: PocketBase, Django and Datasette, in an environment of their own (see `setup`)."""

import json
import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from benchmarks.forms.load import KEY
from benchmarks.forms.sent import ANSWERS, AS_JSON, PEER_SIGNUP, post
from benchmarks.forms.servers import ROOT, Running, free_port, started
from benchmarks.forms.service import statements
from site_builder import areas
from site_builder.content import load_content

HERE = Path(__file__).parent
PROGRAMS = ROOT / ".venv-peers/bin"
# A JavaScript machine for each connection: PocketBase makes a new one for each request that finds none free.
MACHINES = "512"


@contextmanager
def pocketbase(folder: Path) -> Iterator[Running]:
    """PocketBase with our checks and our transaction as JavaScript hooks."""
    hooks = folder / "pb_hooks"
    shutil.copytree(HERE / "pocketbase", hooks)
    (hooks / "schema.json").write_text(json.dumps(statements()))
    (hooks / "areas.json").write_text(json.dumps(area_codes()))
    command, port = _pocketbase(folder)
    with started(command, port, folder, PEER_SIGNUP, **signup_keys()) as running:
        yield running


@contextmanager
def pocketbase_plain(folder: Path) -> Iterator[Running]:
    """PocketBase as it comes: its own API puts one record into one collection."""
    shutil.copytree(HERE / "pocketbase_plain", folder / "pb_hooks")
    request = post("/api/collections/signup/records", json.dumps({**ANSWERS, "key": KEY}).encode(), AS_JSON)
    command, port = _pocketbase(folder)
    with started(command, port, folder, request) as running:
        yield running


def _pocketbase(folder: Path) -> tuple[list[str], int]:
    port = free_port()
    command = [str(PROGRAMS / "pocketbase"), "serve", "--http", f"127.0.0.1:{port}", "--dir", str(folder / "pb_data")]
    command += ["--hooksDir", str(folder / "pb_hooks"), "--hooksPool", MACHINES, "--hooksWatch=false"]
    return command, port


def signup_keys() -> dict[str, str]:
    """Return fresh keys that seal, index and chain, in the environment as an operator would set them."""
    keys = {name: secrets.token_hex(16) for name in ("DATA_KEY", "INDEX_KEY", "AUDIT_KEY")}
    return keys | {"FORM_VERSION": load_content().forms["trainer_signup"].version}


def area_codes() -> list[str]:
    """Return the codes of all provinces, districts and sub-districts."""
    provinces = [place.code for place in areas.provinces()]
    districts = [place.code for province in provinces for place in areas.districts(province)]
    return [*provinces, *districts, *(place.code for district in districts for place in areas.subdistricts(district))]


@contextmanager
def django(folder: Path) -> Iterator[Running]:
    """Django under gunicorn, on our own tables."""
    shutil.copy(HERE / "django_app.py", folder)
    with closing(sqlite3.connect(folder / "data.db")) as db, db:
        for statement in statements():
            db.execute(statement)
    port = free_port()
    command = [str(PROGRAMS / "gunicorn"), "django_app:application", "-k", "gthread", "-w", "2"]
    command += ["--threads", "16", "-b", f"127.0.0.1:{port}", "--keep-alive", "60", "--worker-connections", "2000"]
    with started(command, port, folder, PEER_SIGNUP, **signup_keys()) as running:
        yield running


@contextmanager
def datasette(folder: Path) -> Iterator[Running]:
    """Datasette with its insert API and one table without checks."""
    program, secret, port = str(PROGRAMS / "datasette"), secrets.token_hex(16), free_port()
    names = ", ".join(f"{name} TEXT" for name in ("key", *ANSWERS))
    with closing(sqlite3.connect(folder / "data.db")) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute(f"CREATE TABLE signup (id INTEGER PRIMARY KEY, {names})")
    command = [program, "create-token", "root"]
    env = os.environ | {"DATASETTE_SECRET": secret}
    token = subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout.strip()
    row = json.dumps({"row": {**ANSWERS, "key": KEY, "notice_read": 1}}).encode()
    request = post("/data/signup/-/insert", row, AS_JSON, f"Authorization: Bearer {token}")
    command = [program, "serve", str(folder / "data.db"), "--root", "--port", str(port)]
    with started(command, port, folder, request, DATASETTE_SECRET=secret) as running:
        yield running
