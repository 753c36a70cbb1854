"""What handlers share: content, store, templates, and the two acts of reading answers and keeping them."""

import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from jinja2 import Environment
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from forms_api.commands import Channel, Outcome, Submit, body_hash
from forms_api.errors import StoreError
from forms_api.guard import Door
from forms_api.metrics import Metrics
from forms_api.receipts import Receipts
from forms_api.recent import Recent
from forms_api.store.protocol import Session, Store
from site_builder import areas
from site_builder.content import Content
from site_builder.forms import Form, Reading
from site_builder.forms.form import Typed
from site_builder.forms.places import SessionChoice
from site_builder.thai import arabic_digits, tidy

log = logging.getLogger("forms_api.forms")
KEY = re.compile("[A-Za-z0-9_-]{8,64}")  # ours have 24; programs mostly send a UUID
MOST_CODE = 500  # characters of a code that are tidied, as in Field.longest
MOST_KNOWN = 20_000  # sessions; a country-wide programme has some thousands
ERASED = "แบบนี้ถูกลบตามคำขอแล้ว ถ้าอยากส่งใหม่ เปิดหน้าแบบใหม่แล้วกรอกอีกครั้ง"


@dataclass(frozen=True)
class Service:
    """The parts a handler works with."""

    content: Content
    store: Store
    env: Environment
    receipts: Receipts
    door: Door
    metrics: Metrics
    everywhere: Recent  # the open sessions of all provinces, as JSON
    known: dict[int, Session] = field(default_factory=dict)  # sessions that somebody has asked for

    async def sessions_for(self, form: Form, typed: Typed) -> Sequence[Session]:
        """Return the sessions to choose from: those open in the province answered so far."""
        question = _session_question(form)
        province = _first(typed, question.within) if question else ""
        if not areas.is_province(province):
            return ()
        return await run_in_threadpool(self.store.open_sessions, province)

    async def read(self, form: Form, typed: Typed) -> Reading:
        """Read answers as a page asks them: only open sessions can be chosen."""
        return form.read(typed, await self.sessions_for(form, typed))

    async def read_to_send(self, form: Form, typed: Typed) -> Reading:
        """Read answers as they are sent: a session that closed since is the store's to judge, after the key.

        So a resend gets its first answer again even when the session has closed in between.
        """
        question = _session_question(form)
        number = arabic_digits(_first(typed, question.name)) if question else ""
        session = None
        if re.fullmatch("[0-9]{1,9}", number):
            session = await self._session(int(number))
        reading = await self.read(form, typed) if session is None else form.read(typed, [session])
        if reading.errors:
            self.metrics.sent(form.id, "invalid")
        return reading

    async def _session(self, number: int) -> Session | None:
        """Look a session up once: its province never changes, its number is never used again, the rest is not asked."""
        if number not in self.known:
            find = self.store.session
            session = find(number) if self.store.reads_at_once else await run_in_threadpool(find, number)
            if session is None or len(self.known) >= MOST_KNOWN:
                return session
            self.known[number] = session
        return self.known[number]

    async def keep(self, form: Form, reading: Reading, key: str, channel: Channel) -> Outcome:
        """Keep faultless answers; raises KeyReused, SessionClosed and Busy."""
        question = _session_question(form)
        session = reading.values[question.name] if question else None
        command = Submit(
            form_id=form.id,
            form_version=form.version,
            key=key,
            body_hash=body_hash(form.id, reading.values),
            values=reading.values,
            session_id=session if isinstance(session, int) else None,
            channel=channel,
        )
        try:
            outcome = await self.store.submit(command)
        except StoreError as error:
            self.metrics.sent(form.id, type(error).__name__.lower())
            raise
        self.metrics.sent(form.id, "replayed" if outcome.replayed else outcome.state)
        told = {
            "form": form.id,
            "reference": outcome.reference,
            "state": outcome.state,
            "channel": channel,
            "replayed": outcome.replayed,
        }
        log.info("kept", extra=told)
        return outcome

    def office(self, province: object) -> str:
        """Return the name of the office that has a province's forms."""
        if not isinstance(province, str):
            return "สำนักงาน"
        return self.content.province(province).office.name


def address_of(request: Request) -> str:
    """Return the address that a request came from, as proxies that we trust tell it."""
    return request.client.host if request.client else ""


def service_of(request: Request) -> Service:
    """Return the parts this application works with."""
    service = request.app.state.service
    assert isinstance(service, Service)  # noqa: S101  # create_app puts it there
    return service


def form_of(request: Request) -> Form:
    """Return the form that the address names; 404 where there is none."""
    form = service_of(request).content.forms.get(request.path_params["form_id"])
    if form is None:
        raise HTTPException(404)
    return form


def new_key() -> str:
    """Return a fresh idempotency key."""
    return secrets.token_urlsafe(18)


def session_name(form: Form) -> str | None:
    """Return the name of the field that asks for a session, or None."""
    question = _session_question(form)
    return question.name if question else None


def _session_question(form: Form) -> SessionChoice | None:
    return next((field for field in form.fields if isinstance(field, SessionChoice)), None)


def _first(typed: Typed, name: str) -> str:
    """Return the tidy answer where it can be a code; the form itself says what to do about a long one."""
    values = typed.get(name) or ("",)
    return tidy(values[0]) if len(values[0]) <= MOST_CODE else ""
