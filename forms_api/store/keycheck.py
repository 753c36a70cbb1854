"""Whether the keys at hand are those this data was sealed with: asked when a store is opened, before any answer.

And, with every batch, whether a key has been retired that this process does not know: it was not started again since,
and what it seals nobody could open any more.
"""

import logging

from forms_api.errors import Busy, SettingsError
from forms_api.store.sql import Sql
from forms_api.vault import Unreadable, Vault

_READ = "SELECT value FROM store_fact WHERE name = 'key_check'"
_FIRST = "INSERT INTO store_fact (name, value) VALUES ('key_check', ?)"
_AGAIN = "UPDATE store_fact SET value = ? WHERE name = 'key_check'"
_IN_USE = "SELECT value FROM store_fact WHERE name = 'key_in_use'"
_USE = (
    "INSERT INTO store_fact (name, value) VALUES ('key_in_use', ?)"
    " ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_WORD = "เปิดได้"
log = logging.getLogger("forms_api.store")
_PLACE = ("store_fact", "key_check", "value")


def has_keys(sql: Sql) -> bool:
    """Tell whether this data is kept with keys."""
    return sql.execute(_READ).fetchone() is not None


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


def use_only(sql: Sql, vault: Vault) -> None:
    """Note the key in use: from now on only processes that know it keep answers, so that older keys can go."""
    sql.execute(_USE, (vault.key_id,))


def is_retired(sql: Sql, vault: Vault) -> bool:
    """Tell whether this process does not know the key that is in use."""
    row = sql.execute(_IN_USE).fetchone()
    return row is not None and not vault.knows(row[0])


def refuse_retired(sql: Sql, vault: Vault) -> None:
    """Raise Busy where this process does not know the key that is in use."""
    if is_retired(sql, vault):
        log.error("the keys were changed: start this service again, until then it keeps nothing")
        raise Busy
