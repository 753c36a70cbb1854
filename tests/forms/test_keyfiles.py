"""Files that hold keys: there whole or not there, however many processes make them at once."""

import fcntl
import multiprocessing
import os
import resource
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from forms_api.settings import make_secret, read_secret
from forms_api.vault import make_keys, read_keyring
from tests.forms.test_concurrency import crowd, kept
from tests.serving import Desk

ROUNDS, PROCESSES = 60, 8
FORK = multiprocessing.get_context("fork")


def secret_in(path: Path) -> str:
    make_secret(path)
    return read_secret(path)


def keys_in(path: Path) -> str:
    make_keys(path)
    text = path.read_text("utf-8")
    read_keyring(text, "here")
    return text


MAKERS = pytest.mark.parametrize("make", [secret_in, keys_in], ids=["the signing key", "the data keys"])


def made_again_and_again(folder: Path, make: Callable[[Path], str], together, told) -> None:
    """Make a file a round at the same moment as the others, and tell at once what is in it."""
    for number in range(ROUNDS):
        together.wait()
        try:
            told.put((number, make(folder / f"var-{number}/key")))
        except Exception as error:
            told.put((number, repr(error)))


@MAKERS
def test_many_processes_that_make_the_same_file_at_once_all_read_the_same_whole_key(tmp_path, make):
    together, told = FORK.Barrier(PROCESSES), FORK.Queue()
    makers = [
        FORK.Process(target=made_again_and_again, args=(tmp_path, make, together, told)) for _ in range(PROCESSES)
    ]
    for maker in makers:
        maker.start()
    read = [told.get(timeout=60) for _ in range(ROUNDS * PROCESSES)]
    for maker in makers:
        maker.join()

    assert len(set(read)) == ROUNDS
    assert all((tmp_path / f"var-{number}/key").read_text("utf-8").strip() == text.strip() for number, text in read)
    assert all([path.name for path in folder.iterdir()] == ["key"] for folder in tmp_path.iterdir())


@MAKERS
def test_where_the_disk_takes_nothing_no_empty_key_is_left_for_the_next_start(tmp_path, make):
    def on_a_full_disk(answer) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
        try:
            make(tmp_path / "key")
        except OSError as error:
            answer.put(type(error).__name__)

    answer = FORK.Queue()
    process = FORK.Process(target=on_a_full_disk, args=[answer])
    process.start()
    process.join()

    assert process.exitcode == 0
    assert list(tmp_path.iterdir()) == []
    assert make(tmp_path / "key")
    assert (tmp_path / "key").stat().st_mode & 0o077 == 0


def test_services_that_start_for_the_first_time_in_the_same_instant_share_their_keys_and_their_file(tmp_path):
    desk = Desk(tmp_path)
    with ThreadPoolExecutor() as starts, ExitStack() as running:
        services = list(starts.map(lambda _: running.enter_context(desk.serving()), range(4)))
        desk.add_session()
        answers = [crowd(service, [f"person-{n:04}" for n in range(10)]) for service in services]

    told = [[answer.json()["reference"] for answer in one] for one in answers]
    assert told == [told[0]] * 4
    assert len(kept(desk)) == 10
    assert desk.run("find", "0812345678").stdout.count("trainer_signup") == 10


def test_a_first_start_that_waited_while_another_made_the_keys_uses_those(tmp_path):
    desk = Desk(tmp_path)
    assert desk.run("keys", "make").returncode == desk.run("migrate").returncode == 0
    keys, lock = tmp_path / "var/keys.json", desk.database.with_name("forms.db.lock")
    keys.rename(tmp_path / "keys-of-the-other")

    with lock.open("ab") as held, ThreadPoolExecutor(1) as starts, ExitStack() as running:
        fcntl.flock(held, fcntl.LOCK_EX)
        service = starts.submit(running.enter_context, desk.serving())
        until = time.monotonic() + 60
        while not waits_for(lock) and time.monotonic() < until:
            time.sleep(0.01)
        (tmp_path / "keys-of-the-other").rename(keys)
        fcntl.flock(held, fcntl.LOCK_UN)
        ready = service.result().get("/readyz")[0]

    assert ready == 200


def waits_for(lock: Path) -> bool:
    """Whether another process has this file open."""
    for process in Path("/proc").glob("[0-9]*"):
        if process.name != str(os.getpid()):
            with suppress(OSError):
                if any(opened.readlink() == lock for opened in (process / "fd").iterdir()):
                    return True
    return False
