"""Whether the keys at hand are those this data was sealed with: asked when a store is opened, before any answer."""

from forms_api.errors import SettingsError
from forms_api.store.sql import Sql
from forms_api.vault import Unreadable, Vault

_READ = "SELECT value FROM store_fact WHERE name = 'key_check'"
_FIRST = "INSERT INTO store_fact (name, value) VALUES ('key_check', ?)"
_AGAIN = "UPDATE store_fact SET value = ? WHERE name = 'key_check'"
_WORD = "เปิดได้"
_PLACE = ("store_fact", "key_check", "value")


def check_keys(sql: Sql, vault: Vault) -> None:
    """Leave a sealed word in data that has none, renew one sealed with an older key; raise SettingsError otherwise."""
    row = sql.execute(_READ).fetchone()
    if row is None:
        if vault.on:
            sql.execute(_FIRST, (vault.seal(*_PLACE, _WORD),))
        return
    if not vault.on:
        raise SettingsError("ข้อมูลนี้เข้ารหัสไว้ แต่ไม่พบไฟล์กุญแจ ใส่ที่อยู่ไฟล์ใน FORMS_API_KEYS_FILE (docs/operating.md)")
    try:
        vault.open(*_PLACE, row[0])
    except Unreadable as error:
        raise SettingsError("ไฟล์กุญแจนี้ไม่ใช่ชุดที่ใช้กับข้อมูลนี้ หาไฟล์กุญแจเดิม แล้วใส่ใน FORMS_API_KEYS_FILE") from error
    if vault.stale(row[0]):
        sql.execute(_AGAIN, (vault.seal(*_PLACE, _WORD),))
