"""How we reach PostgreSQL, and whether the server at the other end keeps what it acknowledges.

The address may name several servers (`postgresql://forms@a,b/forms`): we write on the one that takes writes, and ask
again on every new connection, because after a failover it is another one with settings of its own.
"""

import re
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from forms_api.errors import SettingsError

Connection = psycopg.Connection[tuple[Any, ...]]

OPTIONS: dict[str, Any] = {
    "connect_timeout": 2,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # ms
    "application_name": "forms-api",
    "autocommit": True,
}
READING = OPTIONS | {"target_session_attrs": "primary"}  # a standby may be behind: people look for what they just sent
WRITING = OPTIONS | {"target_session_attrs": "read-write"}
PATIENT = 10_000  # ms a statement may take while people wait
LOCK_WAIT = 2_000  # ms for a lock that somebody else holds, as where a file is locked

# A switch, and the values with which a power cut would take what was acknowledged.
_UNSAFE = {"fsync": ("off",), "synchronous_commit": ("off", "local"), "full_page_writes": ("off",)}
_SWITCHES = (  # in the order of _UNSAFE
    "SELECT current_setting('fsync'), current_setting('synchronous_commit'), current_setting('full_page_writes')"
)
_UNREADABLE = (
    "FORMS_API_STORE อ่านไม่ได้ (ไม่แสดงเพราะอาจมีรหัสผ่าน) เขียน postgresql://ชื่อ:รหัสผ่าน@เครื่อง/ฐานข้อมูล "
    "เครื่องหมาย @ : / # % ในรหัสผ่านให้เขียนเป็น %40 %3A %2F %23 %25 หรือเก็บรหัสผ่านไว้ใน ~/.pgpass"
)


def options(statement_timeout: int = PATIENT) -> str:
    """Return the settings of a session: every commit is synced, here and on the standbys that the server waits for."""
    return (
        f"-c statement_timeout={statement_timeout} -c lock_timeout={LOCK_WAIT}"
        " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC -c synchronous_commit=on"
    )


def connect(url: str, *, statement_timeout: int = PATIENT) -> Connection:
    """Return a connection that writes; raise SettingsError where that server would not keep what it acknowledges."""
    connection = psycopg.connect(url, **WRITING, options=options(statement_timeout))
    try:
        check_server(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def check_server(connection: Connection) -> None:
    """Raise SettingsError where this server would not keep what it acknowledges."""
    values = connection.execute(_SWITCHES.encode()).fetchone() or ()
    wrong = [f"{name}={value}" for name, value in zip(_UNSAFE, values, strict=True) if value in _UNSAFE[name]]
    if wrong:
        raise SettingsError(f"PostgreSQL ตั้ง {' และ '.join(wrong)} ไฟดับแล้วข้อมูลจะหาย ตั้งเป็น on ก่อน")


def is_empty(url: str) -> bool:
    """Tell whether this database has none of our tables; raise SettingsError where it cannot be asked."""
    try:
        with psycopg.connect(checked(url), **WRITING, options=options()) as connection:
            return connection.execute("SELECT to_regclass('store_fact') IS NULL").fetchone() == (True,)
    except psycopg.Error as error:
        raise SettingsError(f"เปิดฐานข้อมูล PostgreSQL ไม่ได้: {told(error, url)}") from None


def read_only(connection: Connection) -> bool:
    """Tell whether the server takes no writes now: a standby, or one that was told so."""
    row = connection.execute("SHOW transaction_read_only").fetchone()
    return row != ("off",)


def checked(url: str) -> str:
    """Return the address; raise SettingsError, without showing any of it, where it cannot be read.

    An unescaped `/` or `@` makes libpq take a piece of the password for the host or port, and show it in its errors.
    """
    try:
        parts = {name: str(value) for name, value in conninfo_to_dict(url).items()}
    except psycopg.Error:
        raise SettingsError(_UNREADABLE) from None
    shown = "".join(parts.get(name, "") for name in ("host", "dbname", "user"))
    if "@" in shown or not re.fullmatch("[0-9,]*", parts.get("port", "")):
        raise SettingsError(_UNREADABLE)
    return url


def told(error: psycopg.Error, url: str) -> str:
    """Return what an error says, without the password of the address."""
    password = conninfo_to_dict(url).get("password")
    return str(error).replace(str(password), "…") if password else str(error)
