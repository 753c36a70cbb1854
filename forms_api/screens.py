"""The pages of the forms: what each template is given. Words for people stand in the templates and in content/."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from forms_api.errors import Busy
from forms_api.incoming import Posted
from forms_api.receipts import Receipt
from forms_api.service import KEY, Service, new_key, session_name
from forms_api.store.protocol import Session, StatusRow
from site_builder import thai
from site_builder.forms import Field, Form, FormPage, Given, Option, Reading
from site_builder.forms.fields import ThaiPhone

Pair = tuple[str, str]

# Pages on the way to ส่ง. With no-store a phone's own back button would end on the browser's error page.
ON_THE_WAY = frozenset({"question", "check", "busy", "kept_already", "one_more_step"})
FOR_THE_BACK_BUTTON = "private, no-cache"
LONG_WAIT = 120  # seconds; who waits longer is told what else there is


@dataclass(frozen=True)
class Question:
    """A field as it is asked now: its words, its answers to choose from, what was typed, what is wrong."""

    field: Field
    number: int
    label: str
    options: Sequence[Option]
    typed: Sequence[str]
    error: str

    @property
    def value(self) -> str:
        """What was typed in a field of one value."""
        return self.typed[0] if self.typed else ""

    @property
    def why(self) -> Pair:
        """Legal basis and retention; questions of one page mostly share them."""
        return self.field.legal_basis, self.field.retention


@dataclass(frozen=True)
class Line:
    """One answer on the check page; `page` is where it can be changed."""

    number: int
    label: str
    answer: str
    page: str
    note: str = ""


@dataclass(frozen=True)
class Screens:
    """Renders every page of the forms."""

    service: Service

    def page(self, name: str, status: int, form: Form | None = None, **context: object) -> HTMLResponse:
        """Render `site_templates/forms/<name>.html` inside the frame of the site."""
        content = self.service.content
        frame = {
            "form": form,
            "phrases": content.phrases,
            "settings": content.settings,
            "hotline": content.facts.show("contact.hotline"),
            "failed": status == 422,
        }
        html = self.service.env.get_template(f"forms/{name}.html").render(frame | context)
        return HTMLResponse(html, status, {"Cache-Control": FOR_THE_BACK_BUTTON} if name in ON_THE_WAY else None)

    async def question(
        self, form: Form, page: FormPage, posted: Posted, reading: Reading, *, show_errors: bool = False
    ) -> HTMLResponse:
        """Ask one page. With `show_errors` it is an answer that could not be kept: 422."""
        openings = await self.service.sessions_for(form, posted.typed)
        given = Given(reading.values, openings)
        errors = reading.errors if show_errors else {}
        questions = [ask(form, field, given, posted.typed, errors) for field in page.fields]
        here = {field.name for field in page.fields}
        return self.page(
            "question",
            422 if any(question.error for question in questions) else 200,
            form,
            page=page,
            number=form.pages.index(page) + 1,
            questions=questions,
            carried=carried(posted, leave=here),
            carried_back=carried(posted),
            posted=posted,
            openings=openings,
            app_steps={str(step.number): step.leaflet for step in self.service.content.steps},
        )

    async def check(self, form: Form, posted: Posted, reading: Reading, *, stale: bool = False) -> HTMLResponse:
        """Show all answers before they are sent; `stale`: the page had lost its key, nothing was sent."""
        if not KEY.fullmatch(posted.key):
            posted = replace(posted, key=new_key())
        lines = await self.lines(form, reading)
        context = {"lines": lines, "carried": carried(posted), "posted": posted, "stale": stale}
        return self.page("check", 422 if stale else 200, form, **context)

    async def lines(self, form: Form, reading: Reading) -> list[Line]:
        """Return the answers in words, in the order of the questions; unanswered ones are shown as such."""
        given, session = Given(reading.values), await self._session_of(form, reading)
        asks_session = session_name(form)
        found = []
        for field in form.fields:
            value = reading.values[field.name]
            answer, note = field.cell(value), _note(field, value)
            if session is not None and field.name == asks_session:
                answer = f"{thai.thai_datetime(session.starts_at)}\n{session.place}".replace(" เวลา", "\nเวลา", 1)
                note = "รอบนี้เต็มแล้ว ส่งแล้วได้คิวสำรอง หรือเลือกรอบอื่น" if session.seats_left <= 0 else ""
            label = field.asked(given) if field.kind in ("district", "subdistrict") else field.short
            page = form.page_of(field.name).id
            found.append(Line(form.number(field.name), label, answer or "ไม่ได้ตอบ", page, note))
        return found

    async def _session_of(self, form: Form, reading: Reading) -> Session | None:
        name = session_name(form)
        number = reading.values[name] if name else None
        if not isinstance(number, int):
            return None
        return await run_in_threadpool(self.service.store.session, number)

    async def done(self, form: Form, receipt: Receipt) -> HTMLResponse:
        """Confirm that the answers are kept, and say what happens next; the reference needs no store to be told."""
        try:
            session = await run_in_threadpool(self.service.store.session, receipt.session) if receipt.session else None
            unread = False
        except Busy:
            session, unread = None, True
        office = self.service.office(receipt.office)
        response = self.page("done", 200, form, receipt=receipt, session=session, unread=unread, office=office)
        response.headers["Clear-Site-Data"] = '"cache"'  # the next person on this phone cannot page back to the answers
        return response

    async def kept_already(self, form: Form, posted: Posted, reading: Reading, reference: str) -> HTMLResponse:
        """The key was used for other answers: the first are kept, these are shown and may be sent as a new form."""
        office = self.service.office(reading.values.get("province"))
        again = replace(posted, key=new_key())
        lines = await self.lines(form, reading)
        context = {"reference": reference, "office": office, "lines": lines, "carried": carried(again), "posted": again}
        return self.page("kept_already", 409, form, **context)

    def busy(self, form: Form, posted: Posted, seconds: int, step: str) -> HTMLResponse:
        """Nothing was kept, or nothing could be read; the page has all that was sent, for the same `step` again."""
        sends = step == "/check" and posted.go == "send"
        context = {"carried": carried(posted), "posted": posted, "seconds": seconds, "step": step, "sends": sends}
        response = self.page("busy", 503, form, **context)
        response.headers["Retry-After"] = str(seconds)
        return response

    def away(self, status: int) -> HTMLResponse:
        """Say to who sent a form that it is not here; its tab keeps it, and this page offers to send it again."""
        return self.page("stand_in/away", status, failed=True)

    def one_more_step(self, form: Form, posted: Posted, seconds: int) -> HTMLResponse:
        """Ask for a sum that the phone works out by itself, or for some seconds of patience; nothing was kept yet."""
        door = self.service.door
        waiting = replace(posted, altcha="", website="", waited=door.tokens.waiting(form.id, posted.key, seconds))
        sum_for_the_phone = door.challenges.new(form.id, posted.key)
        response = self.page(
            "one_more_step", 429, form, carried=carried(posted), posted=waiting, sum=sum_for_the_phone,
            time=patience(seconds), long=seconds > LONG_WAIT,
        )  # fmt: skip
        response.headers["Retry-After"] = str(seconds)
        return response

    def too_many(self, seconds: int) -> HTMLResponse:
        """Too many questions for a status: say when the next is answered, and whom to call."""
        response = self.page("too_many", 429, minutes=-(-seconds // 60))
        response.headers["Retry-After"] = str(seconds)
        return response

    def status(self, form: Form | None = None, **context: object) -> HTMLResponse:
        """Ask for reference and last digits; or say what became of the form."""
        row = context.get("row")
        status = 422 if context.get("missed") else 503 if context.get("unread") else 200
        defaults: dict[str, object] = {"row": None, "missed": False, "unread": 0, "reference": ""}
        office = self.service.office(row.session.province) if isinstance(row, StatusRow) and row.session else ""
        return self.page("status", status, form, **(defaults | context), office=office)

    def status_unread(self, typed: str, seconds: int) -> HTMLResponse:
        """No status can be read now; what was typed as reference stays."""
        response = self.status(reference=typed, unread=seconds)
        response.headers["Retry-After"] = str(seconds)
        return response

    def problem(self, status: int, message: str) -> HTMLResponse:
        """Say why there is no such page, or why it cannot be read."""
        return self.page("problem", status, message=message)


def patience(seconds: int) -> str:
    """Return how long to wait in the unit that people would use, never too short."""
    if seconds <= LONG_WAIT:
        return f"{seconds} วินาที"
    minutes = -(-seconds // 60)
    return f"{minutes} นาที" if minutes <= 120 else f"{-(-minutes // 60):,} ชั่วโมง"


def ask(
    form: Form, field: Field, given: Given, typed: Mapping[str, Sequence[str]], errors: Mapping[str, str]
) -> Question:
    """Return a field as it is asked now."""
    number, said = form.number(field.name), field.asked(given)
    return Question(field, number, said, field.options(given), typed.get(field.name, ()), errors.get(field.name, ""))


def carried(posted: Posted, leave: set[str] | None = None) -> list[Pair]:
    """Return the answers that travel along as hidden fields."""
    return [(name, text) for name, values in posted.typed.items() if name not in (leave or ()) for text in values]


def _note(field: Field, value: object) -> str:
    """A word of care beside an answer that is fine."""
    landline = isinstance(field, ThaiPhone) and value is not None and not thai.is_mobile(str(value))
    return "เบอร์บ้านใช้ได้ แต่รับ SMS ไม่ได้ สำนักงานจะโทรหา" if landline else ""
