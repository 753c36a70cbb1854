"""A PostgreSQL server of our own for the tests: made, started and stopped here, synced to the disk as in real life."""

import atexit
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path

import psycopg

_number = itertools.count(1)


def new_database() -> str:
    """Return the address of a fresh, empty database on this process's own server."""
    server = own_server()
    if not server.runs():  # a test that failed half-way takes no other down with it
        server.start()
    name = f"trial_{os.getpid()}_{next(_number)}"
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return server.url(name)


@cache
def own_server() -> "Server":
    """Return the server of this test process, started when first needed and stopped when the process ends."""
    server = Server()
    atexit.register(server.remove)
    server.start()
    return server


class Server:
    """A private cluster in a folder of its own, reached by a socket in that folder only."""

    def __init__(self, copied_from: "Server | None" = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="forms-pg-"))
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        self.process: subprocess.Popen[bytes] | None = None
        if copied_from is None:
            self.run("initdb", "-D", "data", "-U", "forms", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        else:
            source = f"user=forms host={copied_from.folder} application_name=standby"
            self.run("pg_basebackup", "-D", "data", "-d", source, "-R", "-X", "stream", "-c", "fast")

    def standby(self) -> "Server":
        """Return a started copy of this server that follows it; this server then answers only once both have it."""
        copy = Server(copied_from=self)
        copy.start()
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            connection.execute("SELECT pg_reload_conf()")
            while connection.execute("SELECT sync_state FROM pg_stat_replication").fetchone() != ("sync",):
                time.sleep(0.05)
        return copy

    def promote(self) -> None:
        """Make a standby the server that writes; it then waits for no other."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")

    def run(self, name: str, *options: str) -> None:
        """Run one of PostgreSQL's own programs in this server's folder."""
        done = subprocess.run(
            [program(name), *options], capture_output=True, cwd=self.folder, preexec_fn=_as_postgres()
        )
        assert done.returncode == 0, done.stderr.decode()

    def url(self, database: str) -> str:
        """Return the address of a database."""
        return f"postgresql://forms@/{database}?host={self.folder}"

    def start(self) -> None:
        """Start the server and wait until it takes connections.

        A killed server's last child may hold the shared memory for a moment longer; then the start is tried again.
        """
        until = time.monotonic() + 60
        while not self._started():
            if time.monotonic() > until or "shared memory block" not in self.log():
                raise AssertionError(self.log())
            time.sleep(0.1)

    def _started(self) -> bool:
        place = ["-D", str(self.folder / "data"), "-k", str(self.folder), "-c", "listen_addresses="]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [program("postgres"), *place], stdout=log, stderr=log, cwd=self.folder, preexec_fn=_as_postgres()
            )
        while self.process.poll() is None:
            try:
                psycopg.connect(self.url("postgres")).close()
                return True
            except psycopg.OperationalError:
                time.sleep(0.05)
        return False

    def runs(self) -> bool:
        """Tell whether the server's process is there."""
        return self.process is not None and self.process.poll() is None

    def log(self) -> str:
        """Return what the server wrote down so far."""
        return (self.folder / "log").read_text("utf-8")

    def kill(self) -> None:
        """Kill the server and all its children, as a power switch would; return once all are gone."""
        assert self.process is not None
        self.process.send_signal(signal.SIGSTOP)  # it makes no child more while they are counted
        listed = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True).stdout
        children = [Path("/proc") / number for number in listed.split()]
        for number in (self.process.pid, *(int(child.name) for child in children)):
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        while any(_alive(child) for child in children):
            time.sleep(0.01)

    def remove(self) -> None:
        """Stop the server and delete its folder."""
        if self.process is not None and self.runs():
            self.process.send_signal(signal.SIGINT)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _alive(process: Path) -> bool:
    """Tell whether a process still runs; one that only waits for its parent to read its end holds nothing any more."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@cache
def program(name: str) -> str:
    """Return a server program's path; a missing one is a failure, not a reason to skip."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    path = str(found[-1]) if found else shutil.which(name)
    assert path, f"PostgreSQL's {name} is missing: run make test, or install Debian's package postgresql"
    return path


def _as_postgres() -> object:
    """Return what makes a child process the account postgres: the server refuses to run as root."""
    if os.geteuid() != 0:
        return None
    account = pwd.getpwnam("postgres")

    def become() -> None:
        os.setgroups([])
        os.setgid(account.pw_gid)
        os.setuid(account.pw_uid)

    return become
