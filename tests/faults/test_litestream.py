"""Continuous copies by litestream beside the running service: nothing sent is lost, and nothing erased stays behind."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.forms.test_concurrency import send_until_it_breaks
from tests.serving import Desk

LITESTREAM = Path(sys.executable).with_name("litestream")
CONFIG = """
dbs:
  - path: {database}
    replica:
      type: file
      path: {replica}
      sync-interval: 1s
"""


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    made.add_session(capacity="100")
    return made


def test_after_service_and_litestream_are_killed_the_copy_holds_all_but_the_last_seconds(desk):
    config, replica = desk.folder / "litestream.yml", desk.folder / "replica"
    config.write_text(CONFIG.format(database=desk.database, replica=replica), "utf-8")
    acknowledged: dict[str, str] = {}
    statuses: list[int] = []

    async def load(service):
        clients = [asyncio.create_task(send_until_it_breaks(service, f"c-{n}", acknowledged)) for n in range(8)]
        await asyncio.gather(*clients)

    with desk.serving() as service, (desk.folder / "litestream.log").open("ab") as log:
        copying = subprocess.Popen([LITESTREAM, "replicate", "-config", config], stdout=log, stderr=log)
        sending = threading.Thread(target=lambda: asyncio.run(load(service)))
        sending.start()
        try:
            time.sleep(6)
            early = dict(acknowledged)
            ready, told = service.get("/readyz")
            statuses.append(ready)
            time.sleep(5)
        finally:
            os.kill(service.process.pid, signal.SIGKILL)
            copying.kill()
            copying.wait()
            sending.join()
    restored = desk.folder / "restored.db"
    subprocess.run(
        [LITESTREAM, "restore", "-config", config, "-o", restored, desk.database], check=True, capture_output=True
    )

    db = sqlite3.connect(restored)
    rows = dict(db.execute("SELECT key, reference FROM trainer_signup").fetchall())
    sound = db.execute("PRAGMA integrity_check").fetchone()
    db.close()
    assert len(early) > 200
    assert statuses == [200], told
    assert {key: rows.get(key) for key in early} == early
    assert sound == ("ok",)
    assert desk.run("restore", str(restored), "--to", str(desk.folder / "back/forms.db")).returncode == 0


@contextmanager
def replicating(desk: Desk, config: Path) -> Iterator[None]:
    """Litestream beside the service, as its unit starts and stops it."""
    with (desk.folder / "litestream.log").open("ab") as log:
        copying = subprocess.Popen([LITESTREAM, "replicate", "-config", config], stdout=log, stderr=log)
        try:
            time.sleep(3)
            yield
            time.sleep(3)
        finally:
            copying.terminate()
            copying.wait()


def test_erased_words_leave_the_log_of_changes_once_litestream_is_stopped_and_it_copies_on_afterwards(desk):
    config, replica = desk.folder / "litestream.yml", desk.folder / "replica"
    config.write_text(CONFIG.format(database=desk.database, replica=replica), "utf-8")
    log = desk.database.with_name("forms.db-wal")
    restored = desk.folder / "restored.db"

    with desk.serving() as service:
        with replicating(desk, config):
            reference, kept = (sign_up(service, name) for name in ("อุษณีย์", "ประไพ"))
            time.sleep(2)
            beside = desk.run("erase", reference)
            told = desk.run("doctor")
            left = log.read_bytes()
        alone = desk.run("retention")
        after = log.read_bytes() + desk.database.read_bytes()
        with replicating(desk, config):
            late = sign_up(service, "มาลี")
    asked = [LITESTREAM, "restore", "-config", config, "-o", restored, desk.database]
    subprocess.run(asked, check=True, capture_output=True)
    db = sqlite3.connect(restored)
    rows = {row[0] for row in db.execute("SELECT reference FROM trainer_signup")}
    db.close()

    assert (beside.returncode, "forms-retention" in beside.stderr) == (1, True)
    assert "อุษณีย์".encode() in left
    assert "litestream" in told.stdout
    assert "ล้างร่องรอยในไฟล์บันทึกแล้ว" in alone.stderr
    assert "อุษณีย์".encode() not in after
    assert rows == {kept, late}


def sign_up(service, name: str) -> str:
    signup = {
        "province": "50", "district": "5001", "subdistrict": "500101", "village": "หมู่ 4", "role": "village_head",
        "session": 1, "full_name": name, "phone": "0812345678", "contact": "call", "notice_read": True,
    }  # fmt: skip
    key = {"Idempotency-Key": f"person-{name.encode().hex()[:16]}"}
    return str(service.ask("POST", "/api/v1/forms/trainer_signup", signup, key)[1]["reference"])
