"""Settings, read once from the environment; every name starts with FORMS_API_."""

import ipaddress
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from forms_api import keyfiles
from forms_api.errors import SettingsError
from forms_api.vault import Vault, find_keyring

DEFAULT_STORE = "sqlite:///var/forms.db"
DEFAULT_SECRET_FILE = Path("var/secret.key")
DEFAULT_SITE = Path("build/site")
LEAST_SECRET = 32  # characters
MOST_PORT = 65_535


@dataclass(frozen=True)
class Settings:
    """What the form service needs to know about where it runs."""

    secret: str = field(repr=False)  # signs receipts; at least 32 characters
    vault: Vault = field(default_factory=Vault.off, repr=False)  # seals telephone numbers and free words
    store_url: str = DEFAULT_STORE
    site_dir: Path | None = None  # the built site, served at / where the folder exists
    hosts: tuple[str, ...] = ()  # names this service answers to; none: this machine's own
    proxies: tuple[str, ...] = ()  # exact addresses whose X-Forwarded-For is believed
    most_at_once: int = 2_000  # requests inside one process; each may hold 64 KB
    rate_limit: bool = True  # off for load tests only
    workers: int = 1  # processes that share what an address may do
    log_format: str = ""  # json or plain; "": plain on this machine only, json elsewhere
    debug: bool = False  # logs what libraries say as well
    access_log: str | None = None  # accesses go to a file for each day, named after this one
    metrics: str | None = None  # host:port of the figures for Prometheus
    least_seconds: float = 3  # from a form's first page to its sending; quicker is asked for one more step

    def __post_init__(self) -> None:
        if len(self.secret) < LEAST_SECRET:
            raise SettingsError(f"the secret key is shorter than {LEAST_SECRET} characters")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> "Settings":
        """Return the settings of this process; raises SettingsError where the secret file is missing or short."""
        env = os.environ if env is None else env
        return cls(
            secret=read_secret(Path(env.get("FORMS_API_SECRET_FILE") or DEFAULT_SECRET_FILE)),
            vault=Vault(find_keyring(env)),
            store_url=env.get("FORMS_API_STORE") or DEFAULT_STORE,
            site_dir=Path(env.get("FORMS_API_SITE_DIR") or DEFAULT_SITE),
            hosts=_listed(env, "FORMS_API_HOSTS"),
            proxies=read_proxies(_listed(env, "FORMS_API_PROXIES")),
            log_format=_one_of(env, "FORMS_API_LOG_FORMAT", ("", "json", "plain")),
            access_log=env.get("FORMS_API_ACCESS_LOG") or None,
            debug=_one_of(env, "FORMS_API_LOG_LEVEL", ("", "info", "debug")) == "debug",
            metrics=_host_and_port(env, "FORMS_API_METRICS"),
            most_at_once=_number(env, "FORMS_API_LIMIT_CONCURRENCY", 2_000),
            rate_limit=env.get("FORMS_API_RATE_LIMIT", "on") != "off",
            workers=_number(env, "FORMS_API_WORKERS", 1),
        )


def read_proxies(addresses: tuple[str, ...]) -> tuple[str, ...]:
    """Return exact addresses; with `*` or a network anybody could say who they are (raises SettingsError)."""
    for address in addresses:
        try:
            ipaddress.ip_address(address)
        except ValueError as error:
            raise SettingsError(f"FORMS_API_PROXIES={address}: ใส่เลข IP ของเครื่องหน้าบ้านทีละเครื่อง คั่นด้วยจุลภาค") from error
    return addresses


def _number(env: Mapping[str, str], name: str, default: int) -> int:
    value = env.get(name) or str(default)
    if not (value.isascii() and value.isdecimal() and int(value[:9]) > 0):
        raise SettingsError(f"{name}={value}: ใส่ตัวเลขตั้งแต่ 1")
    return int(value)


def _one_of(env: Mapping[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = env.get(name, "")
    if value not in allowed:
        raise SettingsError(f"{name}={value}: ใช้ได้แค่ {' หรือ '.join(filter(None, allowed))}")
    return value


def _host_and_port(env: Mapping[str, str], name: str) -> str | None:
    value = env.get(name, "")
    host, _, port = value.rpartition(":")
    if value and not (host and port.isascii() and port.isdecimal() and int(port[:6]) <= MOST_PORT):
        raise SettingsError(f"{name}={value}: เขียนแบบ 127.0.0.1:9090")
    return value or None


def _listed(env: Mapping[str, str], name: str) -> tuple[str, ...]:
    return tuple(part.strip().lower() for part in env.get(name, "").split(",") if part.strip())


def read_secret(path: Path) -> str:
    """Return the key kept in `path`; raises SettingsError where it cannot be read."""
    try:
        return path.read_text("utf-8").strip()
    except OSError as error:
        raise SettingsError(f"no secret key in {path}: run `make serve`, or set FORMS_API_SECRET_FILE") from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"the secret key in {path} is not text: make one with openssl rand -base64 48") from error


def make_secret(path: Path) -> None:
    """Keep a new random key in `path`, readable by its owner only, unless there is one."""
    if not path.exists():
        keyfiles.make(path, secrets.token_urlsafe(48) + "\n")
