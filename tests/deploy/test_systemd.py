"""The units: read as systemd reads them, and their commands run as they say, in a folder that stands for the disk."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from forms_api.serve import GRACE_SECONDS
from tests.deploy.fronts import DEPLOY, NAME, free_port
from tests.serving import PROGRAM, Desk

UNITS = DEPLOY / "systemd"
GUIDE = DEPLOY.parent / "docs/operating.md"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
ALL = sorted(path.name for path in UNITS.iterdir() if path.is_file())
PATHS = re.compile(r"/(?:etc|srv|var|backup)/[\w./-]+")
ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="this machine has no systemd-analyze")


def lines(name: str) -> dict[str, list[str]]:
    """The lines that hold for a unit: its own and those of the drop-in for all of ours."""
    found: dict[str, list[str]] = {}
    for path in (UNITS / name, UNITS / "forms-.service.d/hardening.conf"):
        for line in path.read_text("utf-8").splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                found.setdefault(key, []).append(value)
    return found


@pytest.fixture
def root(tmp_path) -> Path:
    """A disk with our units and with something where the programs stand, for systemd's own check."""
    shutil.copytree(UNITS, tmp_path / "etc/systemd/system")
    shutil.copytree("/usr/lib/systemd/system", tmp_path / "usr/lib/systemd/system", symlinks=True)
    for name in ("srv/forms/app/.venv/bin/forms-api", "srv/forms/app/.venv/bin/litestream", "bin/sh"):
        program = tmp_path / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n", "utf-8")
        program.chmod(0o755)
    return tmp_path


@needs_systemd
@pytest.mark.parametrize("name", ALL)
def test_systemd_finds_no_fault_in_a_unit(root, name):
    told = subprocess.run([ANALYZE, "verify", f"--root={root}", name], capture_output=True, text=True, check=False)

    assert [line for line in told.stderr.splitlines() if "forms" in line] == []


@needs_systemd
@pytest.mark.parametrize("name", SERVICES)
def test_systemd_finds_a_service_little_exposed(root, name):
    asked = [ANALYZE, "security", "--offline=true", f"--root={root}", "--threshold=15", name]
    told = subprocess.run(asked, capture_output=True, text=True, check=False)

    assert told.returncode == 0, told.stdout[-200:]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_runs_without_rights_and_in_its_own_folder(name):
    held = lines(name)

    assert held["User"] == ["forms"]
    assert held["ProtectSystem"] == ["strict"]
    assert held["NoNewPrivileges"] == ["yes"]
    assert held["CapabilityBoundingSet"] == [""]
    assert held["UMask"] == ["0077"]
    assert all(not path.startswith("-") for path in held.get("ReadWritePaths", ()))


def test_deletion_has_the_database_to_itself_and_litestream_goes_on_if_it_ran_before(tmp_path):
    held = lines("forms-retention.service")
    before, after = held["ExecStartPre"][0], held["ExecStopPost"][0]
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(
        f'#!/bin/sh\necho "$@" >>{tmp_path}/asked\n[ ! -e {tmp_path}/runs ] || echo active\n',
        "utf-8",
    )
    systemctl.chmod(0o755)

    def asked(*commands: str) -> list[str]:
        (tmp_path / "asked").write_text("", "utf-8")
        for command in commands:
            words = shlex.split(command.removeprefix("+").replace("/run/", f"{tmp_path}/"))
            subprocess.run(words, check=True, env={"PATH": f"{tmp_path}:{os.environ['PATH']}"})
        return [line for line in (tmp_path / "asked").read_text("utf-8").splitlines() if "is-active" not in line]

    away = asked(before, after)
    (tmp_path / "runs").touch()
    ran = asked(before, after)
    again = asked(after)

    assert before.startswith("+")
    assert after.startswith("+")
    assert ran == ["stop forms-litestream.service", "start --no-block forms-litestream.service"]
    assert away == again == []


def test_what_is_due_is_deleted_before_the_nightly_copy_is_made():
    at = {name: lines(f"forms-{name}.timer")["OnCalendar"] for name in ("retention", "backup")}

    assert at["retention"] < at["backup"]
    assert "forms-retention.service" in lines("forms-backup.service")["After"]  # both late, after a night without power


@pytest.mark.parametrize("name", SERVICES)
def test_no_unit_allows_what_the_drop_in_for_all_of_them_takes_away_again(name):
    allowed = [line for line in (UNITS / name).read_text("utf-8").splitlines() if line.startswith("SystemCallFilter=")]

    assert allowed == []  # drop-ins are read after the unit: its line would hold for nothing


def test_a_stop_waits_longer_than_the_service_needs_to_drain():
    assert int(lines("forms-api.service")["TimeoutStopSec"][0]) >= 2 * GRACE_SECONDS


def test_every_path_and_setting_of_deploy_is_in_the_guide():
    guide = GUIDE.read_text("utf-8")
    files = [path for path in sorted(DEPLOY.rglob("*")) if path.is_file() and path.suffix != ".md"]
    texts = [path.read_text("utf-8") for path in files]
    settings = {name for text in texts for name in re.findall(r"\bFORMS_API_[A-Z_]+", text)}

    assert [name for name in sorted(settings) if name not in guide] == []
    for path in (UNITS / "forms-api.service", DEPLOY / "forms.env", DEPLOY / "litestream.yml"):
        named = set(PATHS.findall(path.read_text("utf-8")))
        assert [place for place in sorted(named) if Path(place).parts[:3] not in places(guide)] == []


def places(guide: str) -> set[tuple[str, ...]]:
    """The folders that the guide names, by their first two parts."""
    return {Path(found).parts[:3] for found in PATHS.findall(guide)}


@pytest.fixture
def disk(tmp_path) -> Desk:
    """A server's disk after the guide's steps, with its services' settings as environment of every command."""
    for name in ("etc/forms", "var/lib/forms", "var/log/forms", "backup/forms"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc/forms/secret.key").write_text("s" * 64, "utf-8")
    desk = Desk(tmp_path)
    for line in [*(DEPLOY / "forms.env").read_text("utf-8").splitlines(), *lines("forms-api.service")["Environment"]]:
        for part in shlex.split(line, comments=True):
            name, _, value = part.partition("=")
            desk.env[name] = on_disk(value, tmp_path).replace("@NAME@", NAME)
    desk.run("keys", "make")
    return desk


def on_disk(text: str, folder: Path) -> str:
    """Return a line of a unit with the disk's folder before its paths, and credentials where their files are."""
    text = text.replace("%d/", "/etc/forms/")
    return re.sub(r"(sqlite:///)?/(etc|var|backup)/", lambda found: f"{found[1] or ''}{folder}/{found[2]}/", text)


def words(name: str, folder: Path) -> list[str]:
    """The command of a unit, without the program."""
    return shlex.split(on_disk(lines(name)["ExecStart"][0], folder))[1:]


def test_the_units_commands_serve_copy_and_delete_with_the_settings_that_they_name(disk):
    command = words("forms-api.service", disk.folder)
    port = free_port()
    command[command.index("--port") + 1] = str(port)
    assert command[0] == "serve"
    with disk.serving(*command[1:]):
        alive = httpx2.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": NAME})
        stranger = httpx2.get(f"http://127.0.0.1:{port}/healthz", headers={"Host": "other.example"})
        copied = disk.run(*words("forms-backup.service", disk.folder))
        deleted = disk.run(*words("forms-retention.service", disk.folder))

    assert (alive.status_code, stranger.status_code) == (200, 400)
    assert copied.returncode == 0, copied.stderr
    assert len(list((disk.folder / "backup/forms").glob("forms-*.db"))) == 1
    assert (deleted.returncode, "settings.yml" in deleted.stdout) == (2, True)  # an office has to say how long first
    assert (disk.folder / "var/lib/forms/forms.db").exists()
    assert list((disk.folder / "var/log/forms").glob("access-*.log"))


@pytest.mark.skipif(os.geteuid() != 0, reason="the officers' command is an administrator's")
def test_an_officers_command_works_with_the_services_keys_and_is_logged_under_the_officers_name(disk):
    text = on_disk((DEPLOY / "forms").read_text("utf-8"), disk.folder).replace("runuser -u forms", "runuser -u root")
    command = disk.folder / "forms"
    command.write_text(text.replace("/srv/forms/app/.venv/bin/forms-api", str(PROGRAM)), "utf-8")
    settings = on_disk((DEPLOY / "forms.env").read_text("utf-8"), disk.folder)
    (disk.folder / "etc/forms/forms.env").write_text(settings.replace("@NAME@", NAME), "utf-8")
    env = {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin", "SUDO_USER": "officer-of-the-day", "LANG": "C.UTF-8"}

    def forms(*arguments: str) -> subprocess.CompletedProcess[str]:
        asked = ["sh", command, *arguments]
        return subprocess.run(asked, cwd=disk.folder, env=env, capture_output=True, text=True, check=False)

    made = forms("migrate")
    searched = forms("find", "0812345678")
    told = forms("audit", "list")

    assert made.returncode == 0, made.stderr
    assert "Traceback" not in searched.stderr
    assert "officer:officer-of-the-day" in told.stdout, told.stderr
    assert forms("serve").returncode == 2


def test_the_programs_of_the_units_are_installed_by_the_locks():
    named = {Path(lines(name)["ExecStart"][0].split()[0]).name for name in SERVICES}

    assert named == {"forms-api", "litestream"}
    assert all(Path(sys.executable).with_name(name).exists() for name in named)
