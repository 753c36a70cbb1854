"""Faultless answers to both forms, as the web and as programs send them, and the names of the fields of free words."""

from typing import Any

SIGNUP: dict[str, str] = {
    "province": "50", "district": "5001", "subdistrict": "500101", "village": "หมู่ 4 บ้านหนองบัว", "role": "village_head",
    "session": "none", "full_name": "สมหญิง ตัวอย่าง", "phone": "0812345678", "contact": "call", "needs": "ramp",
    "note": "", "notice_read": "yes",
}  # fmt: skip
PLEA: dict[str, str] = {
    "topic": "photo", "step": "7", "detail": "รูปไม่ชัดทุกครั้ง", "province": "10", "phone": "0812345678",
    "call_time": "morning", "full_name": "", "filled_by": "self", "notice_read": "yes",
}  # fmt: skip
ANSWERS = {"trainer_signup": SIGNUP, "help_request": PLEA}
FREE_WORDS = {"trainer_signup": ("village", "full_name", "note"), "help_request": ("detail", "full_name")}


def as_json(form_id: str, **changed: object) -> dict[str, Any]:
    """Faultless answers as a program sends them, changed by `changed`."""
    answers: dict[str, Any] = {name: text or None for name, text in ANSWERS[form_id].items()}
    answers |= {"notice_read": True}
    if form_id == "trainer_signup":
        answers |= {"session": None, "needs": ["ramp"]}
    return answers | changed
