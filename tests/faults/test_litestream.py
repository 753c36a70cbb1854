"""Continuous copies by litestream beside the running service: after both are killed, the copy holds what was sent."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
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
