"""Recognising a PIN or OTP that someone typed where it must not stand."""

import re

from site_builder import thai

_WORD = "(?:pin|otp|พิน|โอทีพี|รหัสผ่าน|รหัสลับ|เลขลับ)"
_FILLER = "(?:[ :=.,\"“”'()-]|คือ|เป็น|ว่า|เลข|รหัส|ของ|ฉัน|ผม|หนู|ดิฉัน|ที่|ได้รับ|ได้|ส่งมา|ตั้ง|ไว้|ใหม่|เก่า)*"
_CODE = "(?<![0-9])(?<![0-9][ -])[0-9](?:[ -]?[0-9]){3,7}(?![ -]?[0-9])"  # not part of a longer number, as a phone's
_NAMED = re.compile(_WORD, re.IGNORECASE)
_SECRET = re.compile(f"{_WORD}{_FILLER}{_CODE}|{_CODE}{_FILLER}{_WORD}", re.IGNORECASE)


def has_secret_code(text: str) -> bool:
    """Tell whether `text` gives a PIN or OTP: the word with 4 to 8 digits beside it. The word alone is fine."""
    if not _NAMED.search(text):  # nearly all text; the other search tries every digit
        return False
    return bool(_SECRET.search(thai.arabic_digits(text)))
