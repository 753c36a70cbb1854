"""A power cut: of what was not synced, nothing is left. Simulated by a file system that keeps only synced bytes."""

import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from forms_api.store.submissions import Submissions
from tests.store_samples import VAULT, command, made_form, opened

LIVES = 8
FULL = 2  # SQLite's number for synchronous=FULL


class Disk(apsw.VFS):
    """Files as usual, and beside each of them a copy of what was synced last."""

    def __init__(self) -> None:
        super().__init__("power-cut", "")

    def xOpen(self, name, flags):  # noqa: N802  # SQLite's name
        return File(name, flags)


class File(apsw.VFSFile):
    """A file that copies itself at each sync."""

    def __init__(self, name, flags) -> None:
        self.path = name.filename() if isinstance(name, apsw.URIFilename) else name
        super().__init__("", name, flags)

    def xSync(self, flags):  # noqa: N802  # SQLite's name
        super().xSync(flags)
        if self.path:
            shutil.copyfile(self.path, f"{self.path}.synced")


@pytest.fixture(scope="module")
def disk() -> Iterator[Disk]:
    made = Disk()
    yield made
    made.unregister()


class Session:
    """apsw's connection with the little that our statements ask of one."""

    def __init__(self, path: Path, synchronous: str) -> None:
        self.connection = apsw.Connection(str(path), vfs="power-cut")
        self.connection.pragma("journal_mode", "wal")
        self.connection.pragma("synchronous", synchronous)
        self.connection.pragma("wal_autocheckpoint", 40)

    def execute(self, sql, given=()):
        return self.connection.execute(sql, given)


def acknowledged_until_the_power_goes(path: Path, synchronous: str, count: int) -> list[str]:
    """Keep forms one commit each, as the writer does; return the references that people were told."""
    opened(path.parent).close()  # the tables, as our own store makes them
    session = Session(path, synchronous)
    submissions = Submissions((made_form(),), VAULT)
    told = []
    for number in range(count):
        session.execute("BEGIN IMMEDIATE")
        told.append(submissions.keep(session, command(f"person-number-{number:04}")).reference)
        session.execute("COMMIT")
    for suffix in ("", "-wal"):
        synced = Path(f"{path}{suffix}.synced")
        if synced.exists():
            shutil.copyfile(synced, path.parent / f"after{suffix}")
        elif suffix == "":
            shutil.copyfile(path, path.parent / "after")
    session.connection.close()
    return told


def kept_after(folder: Path) -> set[str]:
    (folder / "forms.db").unlink(missing_ok=True)
    for suffix in ("", "-wal"):
        if (folder / f"after{suffix}").exists():
            shutil.move(folder / f"after{suffix}", folder / f"forms.db{suffix}")
    (folder / "forms.db-shm").unlink(missing_ok=True)
    store = opened(folder)
    try:
        return {str(row["reference"]) for row in store.rows(made_form())}
    finally:
        store.close()


def lost(folder: Path, synchronous: str) -> int:
    missing = 0
    chance = random.Random(1_067)
    for life in range(LIVES):
        home = folder / str(life)
        home.mkdir()
        told = acknowledged_until_the_power_goes(home / "forms.db", synchronous, chance.randint(20, 80))
        missing += len(set(told) - kept_after(home))
    return missing


def test_with_our_setting_a_power_cut_loses_nothing_that_was_acknowledged(disk, tmp_path):
    assert lost(tmp_path, "FULL") == 0


def test_with_the_faster_setting_it_would_so_the_trial_can_tell(disk, tmp_path):
    assert lost(tmp_path, "NORMAL") > 0


def test_our_store_uses_that_setting(tmp_path):
    store = opened(tmp_path)
    synchronous = store._writer.run(lambda connection: connection.execute("PRAGMA synchronous").fetchone()[0])
    store.close()

    assert synchronous == FULL
