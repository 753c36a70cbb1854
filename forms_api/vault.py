"""Keeping secret answers unreadable on the disk: AES-256-GCM, keys in a file apart from the data.

A sealed answer reads `v1.<key id>.<nonce and ciphertext>`. It is bound to its place (table, row, column), so that
nobody with access to the file can move one person's number into another's row. The key of an equality search
(`index`) is another one than those that seal: a bare hash of a telephone number is guessed in seconds.

OWASP ASVS 5.0: 11.3.2 (approved ciphers), 11.3.4 (a fresh nonce each time), 13.3.1 (keys outside the code).
"""

import base64
import hmac
import json
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from forms_api import keyfiles
from forms_api.errors import SettingsError

DEFAULT_KEYS_FILE = Path("var/keys.json")
_NONCE = 12  # bytes, as NIST SP 800-38D wants for random nonces
_SEALED = re.compile(r"v1\.(k[0-9]{1,9})\.([A-Za-z0-9_-]{38,})")
_KEY_BYTES = 32


class Illegible(str):
    """What is shown in the place of an answer that cannot be opened."""


ILLEGIBLE = Illegible("อ่านไม่ได้")


class Unreadable(SettingsError):
    """A sealed answer that none of our keys opens, or that was moved from its place."""


@dataclass(frozen=True)
class Keyring:
    """The keys of one office: those that seal, by id, the one now in use, and those of index and audit log."""

    data: Mapping[str, bytes] = field(repr=False)
    current: str
    index: bytes = field(repr=False)
    audit: bytes = field(repr=False)

    @classmethod
    def new(cls) -> "Keyring":
        """Return fresh random keys."""
        return cls({"k1": secrets.token_bytes(_KEY_BYTES)}, "k1", *(secrets.token_bytes(_KEY_BYTES) for _ in range(2)))

    def rotated(self) -> "Keyring":
        """Return these keys with a new one in use; the older ones still open what they sealed."""
        name = f"k{max(int(key[1:]) for key in self.data) + 1}"
        return Keyring({**self.data, name: secrets.token_bytes(_KEY_BYTES)}, name, self.index, self.audit)

    def retired(self) -> "Keyring":
        """Return the keys without those that are no longer in use."""
        return Keyring({self.current: self.data[self.current]}, self.current, self.index, self.audit)

    def text(self) -> str:
        """Return the keys as JSON."""
        named = {"current": self.current, "data": {name: _told(key) for name, key in self.data.items()}}
        return json.dumps(named | {"index": _told(self.index), "audit": _told(self.audit)}, indent=1) + "\n"


class Vault:
    """Seals and opens answers; without keys (`Vault.off()`) it keeps them as they are."""

    def __init__(self, keyring: Keyring | None) -> None:
        self._keyring = keyring
        self._ciphers = {name: AESGCM(key) for name, key in keyring.data.items()} if keyring else {}

    @classmethod
    def off(cls) -> "Vault":
        """Return a vault without keys, for trials with invented data only."""
        return cls(None)

    @property
    def on(self) -> bool:
        """Whether answers are sealed."""
        return self._keyring is not None

    @property
    def key_id(self) -> str:
        """The key that seals now, "" without keys."""
        return self._keyring.current if self._keyring else ""

    def knows(self, key_id: str) -> bool:
        """Tell whether what this key sealed can be opened here."""
        return key_id in self._ciphers

    @property
    def audit_key(self) -> bytes:
        """The key of the audit log's chain, empty without keys."""
        return self._keyring.audit if self._keyring else b""

    def seal(self, table: str, row: str, column: str, text: str) -> str:
        """Return `text` sealed for its place."""
        if self._keyring is None:
            return text
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self.key_id].encrypt(nonce, text.encode(), _place(table, row, column))
        return f"v1.{self.key_id}.{_told(nonce + sealed)}"

    def open(self, table: str, row: str, column: str, kept: str) -> str:
        """Return what was sealed; an answer from before there were keys comes back as it is.

        Raises Unreadable where the key is not ours or the place is another one.
        """
        match = _SEALED.fullmatch(kept)
        if match is None:
            return kept
        cipher = self._ciphers.get(match[1])
        if cipher is None:
            raise Unreadable(f"ไม่มีกุญแจ {match[1]} ที่ใช้เปิดข้อมูลนี้ ใส่ไฟล์กุญแจเดิมใน FORMS_API_KEYS_FILE")
        raw = _read(match[2])
        try:
            return cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _place(table, row, column)).decode()
        except InvalidTag as error:
            raise Unreadable(f"ข้อมูล {column} ของ {row} ถูกแก้ หรือกุญแจไม่ใช่ชุดเดิม") from error

    def read(self, table: str, row: str, column: str, kept: str, *, secret: bool = True) -> str:
        """Return what was sealed, ILLEGIBLE where nothing opens it: one spoilt answer must not hide all others.

        A question that was `secret` once is opened too; what only looks sealed there comes back as it was typed.
        """
        try:
            return self.open(table, row, column, kept)
        except Unreadable:
            return ILLEGIBLE if secret else kept

    def stale(self, kept: str) -> bool:
        """Tell whether a kept answer is not sealed with the key in use."""
        return self.on and not kept.startswith(f"v1.{self.key_id}.")

    def index(self, text: str) -> str:
        """Return the keyed hash by which equal answers are found; 64 bits of it, so compare what is found."""
        return self.fingerprint(text)[:16]

    def fingerprint(self, text: str) -> str:
        """Return a keyed hash in hex, the same as long as the index key lives."""
        key = self._keyring.index if self._keyring else b"without keys"
        return hmac.digest(key, text.encode(), "sha256").hex()


def is_sealed(kept: str) -> bool:
    """Tell whether a kept answer looks sealed, whatever the key."""
    return _SEALED.fullmatch(kept) is not None


def read_keyring(text: str, where: str) -> Keyring:
    """Return the keys that `text` holds; raises SettingsError, without showing any of it."""
    try:
        raw = json.loads(text)
        data = {str(name): _read(key) for name, key in raw["data"].items()}
        ring = Keyring(data, str(raw["current"]), _read(raw["index"]), _read(raw["audit"]))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(f"อ่านกุญแจข้อมูลใน {where} ไม่ได้ ต้องเป็นไฟล์ที่ forms-api keys make ทำไว้") from error
    right = {len(key) for key in (*data.values(), ring.index, ring.audit)} == {_KEY_BYTES}
    if not right or ring.current not in data or not all(re.fullmatch("k[0-9]{1,9}", name) for name in data):
        raise SettingsError(f"กุญแจข้อมูลใน {where} ไม่ครบหรือสั้นไป ใช้ไฟล์สำรองของกุญแจ")
    return ring


def find_keyring(env: Mapping[str, str]) -> Keyring | None:
    """Return the keys of this machine: FORMS_API_KEYS, FORMS_API_KEYS_FILE, var/keys.json; None where there are none.

    A file that is named but cannot be read is an error: an office that has keys never works without them.
    """
    if text := env.get("FORMS_API_KEYS"):
        return read_keyring(text, "FORMS_API_KEYS")
    path = keys_file(env)
    try:
        return read_keyring(path.read_text("utf-8"), str(path))
    except FileNotFoundError as error:
        if env.get("FORMS_API_KEYS_FILE"):
            raise SettingsError(f"ไม่มีไฟล์กุญแจข้อมูล {path} ตามที่ FORMS_API_KEYS_FILE บอก") from error
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"อ่านไฟล์กุญแจข้อมูล {path} ไม่ได้: {error}") from error


def keys_file(env: Mapping[str, str]) -> Path:
    """Return the file that holds the keys."""
    return Path(env.get("FORMS_API_KEYS_FILE") or DEFAULT_KEYS_FILE)


def make_keys(path: Path) -> bool:
    """Keep new keys in `path`, readable by its owner only; False where there are keys already."""
    return keyfiles.make(path, Keyring.new().text())


def replace_keys(path: Path, keyring: Keyring) -> None:
    """Put `keyring` in the place of the keys in `path`, all or nothing."""
    keyfiles.replace(path, keyring.text())


def _place(table: str, row: str, column: str) -> bytes:
    return f"{table}|{row}|{column}".encode()


def _told(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _read(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
