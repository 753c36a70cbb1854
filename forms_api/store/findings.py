"""What a look at a store tells an operator, and the looks that both engines share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from forms_api.store import statements
from forms_api.store.keycheck import has_keys
from forms_api.store.sql import Sql
from site_builder.forms import Form


@dataclass(frozen=True)
class Finding:
    """One thing looked at: in order, to be watched, or broken."""

    level: Literal["ok", "watch", "broken"]
    text: str


def sums(sql: Sql, forms: Iterable[Form]) -> Iterator[Finding]:
    """Tell whether every answer is remembered by its key, and whether seats and queues are what the rows say."""
    forms = tuple(forms)
    for form in forms:
        (kept,) = sql.execute(statements.count(form.id, None)).fetchone()
        (seen,) = sql.execute(statements.REMEMBERED, (form.id,)).fetchone()
        yield Finding("ok" if kept == seen else "broken", f"{form.id}: {kept:,} แถว คำตอบที่จำไว้ {seen:,}")
        yield from _left_open(sql, form)
    (sessions,) = sql.execute(statements.count("training_session", None)).fetchone()
    wrong = [row[0] for row in sql.execute(statements.wrong_counters(form.id for form in forms))]
    text = f"รอบอบรม {sessions:,} รอบ"
    if wrong:
        yield Finding("broken", f"{text} จำนวนที่นั่งไม่ตรงกับรายชื่อในรอบ {', '.join(map(str, wrong))}")
    else:
        yield Finding("ok", f"{text} จำนวนที่นั่งตรงกับรายชื่อทุกรอบ")


def _left_open(sql: Sql, form: Form) -> Iterator[Finding]:
    """Tell of secret answers that lie open: from before there were keys, or before their question was secret."""
    names = [field.name for field in form.fields if field.secret]
    if names and has_keys(sql):
        (count,) = sql.execute(statements.unsealed(form.id, names)).fetchone()
        if count:
            yield Finding("watch", f"{form.id}: {count:,} แถวยังไม่ได้เข้ารหัส เข้ารหัสด้วย forms-api keys reseal")
