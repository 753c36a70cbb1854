"""Rules that look at more than one answer. A form names the ones it keeps; each returns field -> what to do."""

from collections.abc import Callable, Mapping

from site_builder import areas, thai

Values = Mapping[str, object]
Rule = Callable[[Values], Mapping[str, str]]

# The codes of fact `target.kru-kho.eligible`, and the form's own; a test holds the three together.
VILLAGE_ROLES = frozenset({"kamnan", "village_head", "assistant", "tambon_doctor", "sarawat"})


def role_exists_in_province(values: Values) -> Mapping[str, str]:
    """The five village posts are of the 76 provinces; community leaders are asked for in Bangkok (minutes, 3.3)."""
    role, in_bangkok = values.get("role"), values.get("province") == areas.BANGKOK
    if in_bangkok and role in VILLAGE_ROLES:
        return {"role": "ตำแหน่งนี้เป็นของหมู่บ้านต่างจังหวัด คนกรุงเทพฯ เลือกผู้นำชุมชน หรือตำแหน่งอื่น"}
    if values.get("province") and not in_bangkok and role == "community_leader":
        return {"role": "ข้อนี้สำหรับกรุงเทพฯ เลือกตำแหน่งของหมู่บ้าน หรือตำแหน่งอื่น"}
    return {}


def text_message_needs_a_mobile(values: Values) -> Mapping[str, str]:
    """A landline takes no SMS."""
    phone = values.get("phone")
    if values.get("contact") == "sms" and isinstance(phone, str) and not thai.is_mobile(phone):
        return {"contact": "เบอร์บ้านรับ SMS ไม่ได้ เลือกให้โทรหา"}
    return {}


RULES: Mapping[str, Rule] = {rule.__name__: rule for rule in (role_exists_in_province, text_message_needs_a_mobile)}
