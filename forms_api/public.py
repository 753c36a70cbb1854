"""The two forms as pages: question, check, confirmation, status. Everything works without JavaScript.

Answers travel from page to page as hidden fields, so the server keeps nothing until they are sent. The idempotency
key is made with the first page and travels along.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from hmac import compare_digest
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from forms_api.errors import Busy, Erased, KeyReused, SessionClosed
from forms_api.headers import check_same_origin
from forms_api.incoming import Posted, form_body, once_each, posted_page
from forms_api.receipts import Receipt
from forms_api.references import read_reference
from forms_api.screens import Screens
from forms_api.service import ERASED, KEY, Service, address_of, form_of, new_key, service_of, session_name
from site_builder import thai
from site_builder.forms import FieldError, Form, FormPage, Given, Reading
from site_builder.forms.fields import Opening
from site_builder.forms.places import CLOSED, NO_SESSION, Province

MOST_TYPED = 100  # characters of a reference or of digits that are looked at


async def ask(request: Request) -> Response:
    """GET /forms/<id>: the first page, with a fresh key and what the address fills in."""
    service, form = service_of(request), form_of(request)
    query = request.query_params
    # Only the link of a session's own notice names a session: nobody else has to wait for the store here.
    openings = await service.sessions_for(form, _asked(query)) if session_name(form) in query else ()
    posted = Posted(prefilled(form, query, openings), key=new_key(), token=service.door.tokens.begun(form.id))
    reading = await service.read(form, posted.typed)
    return await Screens(service).question(form, form.pages[0], posted, reading)


async def answer(request: Request) -> Response:
    """POST /forms/<id>: one page answered, or all at once; then the next page, or the check page."""
    check_same_origin(request.headers)
    service, form = service_of(request), form_of(request)
    posted = _with_notes(service, form, await posted_page(request, form))
    try:
        return await _next(service, form, _asked_anew(form, posted))
    except Busy as error:
        return Screens(service).busy(form, posted, error.retry_after, "")


async def _next(service: Service, form: Form, posted: Posted) -> Response:
    screens, reading = Screens(service), await service.read(form, posted.typed)
    page = form.page(posted.page)
    if posted.go == "back" and page is not None:
        return await screens.question(form, _before(form, page), posted, reading)
    following, failed = next_page(form, page, posted.then, reading)
    if following is None:
        return await screens.check(form, posted, reading)
    return await screens.question(form, following, posted, reading, show_errors=failed)


def next_page(form: Form, page: FormPage | None, then: str, reading: Reading) -> tuple[FormPage | None, bool]:
    """Return the page to show after `page`, None for the check page, and whether it is shown for its errors."""
    if page is not None and _faulty(page, reading):
        return page, True
    faulty = next((one for one in form.pages if _faulty(one, reading)), None)
    if page is None:
        return faulty, True
    if then == "check":
        return faulty, False
    if page is not form.pages[-1]:
        return form.pages[form.pages.index(page) + 1], False
    return faulty, True


async def start_check(request: Request) -> Response:
    """GET /forms/<id>/check: there is nothing to check without answers; begin."""
    return RedirectResponse(f"/forms/{form_of(request).id}", 303)


async def check(request: Request) -> Response:
    """POST /forms/<id>/check: show the answers, go back to one of them, or send them."""
    check_same_origin(request.headers)
    service, form = service_of(request), form_of(request)
    posted = await posted_page(request, form)
    try:
        return await _checked(service, form, posted, address_of(request))
    except Busy as error:
        return Screens(service).busy(form, posted, error.retry_after, "/check")


async def _checked(service: Service, form: Form, posted: Posted, address: str) -> Response:
    screens, reading = Screens(service), await service.read_to_send(form, posted.typed)
    kind, _, page_id = posted.go.partition("-")
    if kind == "edit" and (page := form.page(page_id)):
        return await screens.question(form, page, replace(_with_notes(service, form, posted), then="check"), reading)
    faulty = next((page for page in form.pages if _faulty(page, reading)), None)
    if faulty is not None:
        back_here = replace(_with_notes(service, form, posted), then="check")
        return await screens.question(form, faulty, back_here, reading, show_errors=True)
    if posted.go != "send":
        return await screens.check(form, _with_notes(service, form, posted), reading)
    return await _judged(service, form, posted, reading, address)


async def _judged(service: Service, form: Form, posted: Posted, reading: Reading, address: str) -> Response:
    screens, door = Screens(service), service.door
    age = door.tokens.age(form.id, posted.token)
    in_line = door.tokens.left(form.id, posted.key, posted.waited) is not None  # may take longer than a page lasts
    if not KEY.fullmatch(posted.key) or (age is None and not in_line):
        fresh = replace(posted, token=door.tokens.begun(form.id))
        return await screens.check(form, fresh, reading, stale=True)
    verdict = door.judge(
        address, form.id, posted.key, solution=posted.altcha, waited=posted.waited, age=age, trap=posted.website
    )
    if not verdict.open:
        return screens.one_more_step(form, posted, verdict.wait)
    return await _send(service, form, posted, reading)


async def _send(service: Service, form: Form, posted: Posted, reading: Reading) -> Response:
    screens = Screens(service)
    try:
        outcome = await service.keep(form, reading, posted.key, "web")
    except KeyReused as error:
        return await screens.kept_already(form, posted, reading, error.reference)
    except Erased:
        return screens.problem(410, ERASED)
    except SessionClosed:
        name = session_name(form) or ""
        closed = replace(reading, errors={name: CLOSED})
        back_here = replace(posted, then="check")
        return await screens.question(form, form.page_of(name), back_here, closed, show_errors=True)
    session, province = (reading.values.get(name) for name in (session_name(form) or "", "province"))
    receipt = Receipt(
        reference=outcome.reference,
        state=outcome.state,
        position=outcome.position,
        session=session if isinstance(session, int) else None,
        office=str(province or ""),
        replayed=outcome.replayed,
    )
    query = urlencode({"r": service.receipts.sign(form.id, receipt)})
    return RedirectResponse(f"/forms/{form.id}/done?{query}", 303)


async def done(request: Request) -> Response:
    """GET /forms/<id>/done: the confirmation, out of the signed receipt; without one, the form."""
    service, form = service_of(request), form_of(request)
    receipt = service.receipts.read(form.id, request.query_params.get("r", ""))
    if receipt is None:
        return RedirectResponse(f"/forms/{form.id}", 303)
    return await Screens(service).done(form, receipt)


async def ask_status(request: Request) -> Response:
    """GET /status: ask for the reference and the last four digits of the phone."""
    return Screens(service_of(request)).status()


async def status(request: Request) -> Response:
    """POST /status: what became of the form. Any miss gets one answer, so nobody learns which half was right."""
    check_same_origin(request.headers)
    service = service_of(request)
    body = await form_body(request)
    once_each(body)
    typed = body.get("reference", [""])[0][:MOST_TYPED]
    reference = read_reference(typed) or ""
    if seconds := service.door.guess(address_of(request), reference):
        return Screens(service).too_many(seconds)
    digits = last_digits(body.get("last4", [""])[0][:MOST_TYPED]).encode()
    try:
        row = await run_in_threadpool(service.store.status, reference)
    except Busy as error:
        return Screens(service).status_unread(typed, error.retry_after)
    found = row is not None and compare_digest(row.phone_last4.encode(), digits) and len(digits) == 4
    if row is None or not found:
        return Screens(service).status(missed=True, reference=typed)
    return Screens(service).status(service.content.forms[row.form_id], row=row, reference=reference)


def last_digits(text: str) -> str:
    """Return the last four digits of a telephone number as typed; who types the whole number means its end."""
    typed = thai.arabic_digits(thai.tidy(text)).replace(" ", "")
    whole = thai.phone(typed)
    return whole[-4:] if whole else typed


def prefilled(form: Form, query: Mapping[str, str], openings: Sequence[Opening] = ()) -> dict[str, list[str]]:
    """Return the answers that the address may give, as in ?province=50&session=7; wrong ones are left out.

    A session that is over or closed is a wrong one: the form then asks as if the address had not named it.
    """
    given, found = Given({}, openings), dict[str, list[str]]()
    for field in form.fields:
        text = query.get(field.name)
        if field.prefill and text:
            try:
                value = field.read([text], given)
            except FieldError:
                continue
            found[field.name] = [text]
            given = replace(given, values={**given.values, field.name: value})
    return found


def _asked(query: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [text] for name, text in query.items()}


def _with_notes(service: Service, form: Form, posted: Posted) -> Posted:
    """Give a page that lost them a key and the note of when it was begun."""
    if not KEY.fullmatch(posted.key):
        posted = replace(posted, key=new_key())
    if service.door.tokens.age(form.id, posted.token) is None:
        posted = replace(posted, token=service.door.tokens.begun(form.id))
    return posted


def _asked_anew(form: Form, posted: Posted) -> Posted:
    """Drop "no session yet" where the province is answered from the check page: another one may have sessions."""
    page, name = form.page(posted.page), session_name(form)
    if posted.then != "check" or page is None or name is None or posted.typed.get(name) != [NO_SESSION]:
        return posted
    if not any(isinstance(field, Province) for field in page.fields):
        return posted
    return replace(posted, typed={one: typed for one, typed in posted.typed.items() if one != name})


def _faulty(page: FormPage, reading: Reading) -> bool:
    return any(field.name in reading.errors for field in page.fields)


def _before(form: Form, page: FormPage) -> FormPage:
    return form.pages[max(form.pages.index(page) - 1, 0)]


async def without_slash(request: Request) -> Response:
    """GET of an address with a slash at its end, as the site's own have: lead to the one without, if there is one."""
    if "form_id" in request.path_params:
        form_of(request)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(request.url.path.rstrip("/") + query, 308)


ROUTES = [
    Route("/forms/{form_id}/", without_slash, methods=["GET"]),
    Route("/status/", without_slash, methods=["GET"]),
    Route("/forms/{form_id}", ask, methods=["GET"]),
    Route("/forms/{form_id}", answer, methods=["POST"]),
    Route("/forms/{form_id}/check", start_check, methods=["GET"]),
    Route("/forms/{form_id}/check", check, methods=["POST"]),
    Route("/forms/{form_id}/done", done, methods=["GET"]),
    Route("/status", ask_status, methods=["GET"]),
    Route("/status", status, methods=["POST"]),
]
