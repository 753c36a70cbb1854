"""Whether a PostgreSQL server keeps what it acknowledges: asked at the start, and of each server one fails over to."""

from forms_api.errors import SettingsError
from forms_api.store.sql import Sql

# What each switch must not be set to. `remote_write` and more say something of a standby; `local` gives up on it.
_WRONG = {"fsync": ("off",), "full_page_writes": ("off",), "synchronous_commit": ("off", "local")}


def check_server(sql: Sql) -> None:
    """Raise SettingsError where this server would not keep what it acknowledges."""
    settings = {name: sql.execute("SELECT current_setting(?)", (name,)).fetchone()[0] for name in _WRONG}
    wrong = [f"{name} เป็น {value}" for name, value in settings.items() if value in _WRONG[name]]
    if wrong:
        raise SettingsError(f"PostgreSQL ตั้ง {' และ '.join(wrong)} ไฟดับแล้วข้อมูลจะหาย ตั้งเป็น on ก่อน")
    if sql.execute("SELECT pg_is_in_recovery()").fetchone()[0]:
        raise SettingsError("เซิร์ฟเวอร์ PostgreSQL นี้เป็นเครื่องสำรอง เขียนไม่ได้ ใช้ที่อยู่ของเครื่องหลัก")
