"""The sign-up form in Django: our own questions, sealing and tables; its requests, transactions and SQL.

One file, SQLite with IMMEDIATE transactions, WAL and every commit synced; statements by cursor, without Django's
models, which would take longer. One transaction and one line of the audit log for each form.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import JsonResponse
from django.urls import path

from forms_api.references import new_reference
from forms_api.vault import Keyring, Vault
from site_builder.content import load_content
from site_builder.forms import FieldError

settings.configure(
    DEBUG=False,
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": Path(__file__).parent / "data.db",
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 10,
                "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
            },
        }
    },
)
django.setup()

FORM = load_content().forms["trainer_signup"]
QUESTIONS = [field for field in FORM.fields if field.name != "session"]
DATA, INDEX, AUDIT = (os.environ[name].encode() for name in ("DATA_KEY", "INDEX_KEY", "AUDIT_KEY"))
VAULT = Vault(Keyring({"k1": DATA}, "k1", INDEX, AUDIT))
Session = namedtuple("Session", "id province starts_at place seats_left")

FIXED = ("reference", "key", "form_version", "created_at", "channel", "state", "session_id", "ticket")
COLUMNS = (*FIXED, *(field.name for field in QUESTIONS), "phone_hash")
FIND = "SELECT id, province, starts_at, place, capacity - taken FROM training_session WHERE id = %s"
SEEN = "SELECT body_hash, reference, state, position FROM idempotency WHERE form_id = %s AND key = %s"
SEAT = (
    "UPDATE training_session SET taken = taken + 1, next_ticket = next_ticket + 1 WHERE id = %s AND taken < capacity"
    " AND waiting = 0 AND state = 'open' AND starts_at > %s RETURNING next_ticket - 1, NULL"
)
QUEUE = (
    "UPDATE training_session SET waiting = waiting + 1, next_ticket = next_ticket + 1"
    " WHERE id = %s AND state = 'open' AND starts_at > %s RETURNING next_ticket - 1, waiting"
)
KEEP = f"INSERT INTO trainer_signup ({', '.join(COLUMNS)}) VALUES ({', '.join(['%s'] * len(COLUMNS))})"  # noqa: S608
REMEMBER = (
    "INSERT INTO idempotency (form_id, key, body_hash, reference, state, position, created_at)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s)"
)
LAST = "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1"
APPEND = (
    "INSERT INTO audit (seq, at, actor, action, object, detail, keyed, hash)"
    " VALUES (%s, %s, 'public', 'submit', 'count=1', %s, 1, %s)"
)


def signup(request):
    """Read every answer, then keep the form once for its key."""
    key = request.headers.get("Idempotency-Key", "")
    values, errors = read(json.loads(request.body))
    if errors or not re.fullmatch("[A-Za-z0-9_-]{8,64}", key):
        return JsonResponse({"errors": errors}, status=422)
    printed = VAULT.fingerprint(hashlib.sha256(json.dumps([FORM.id, values]).encode()).hexdigest())
    with transaction.atomic(), connection.cursor() as cursor:
        if seen := cursor.execute(SEEN, [FORM.id, key]).fetchone():
            kept, *answer = seen
            return JsonResponse(answered(*answer), status=200 if kept == printed else 409)
        answer = keep(cursor, key, printed, values)
    return JsonResponse(answer, status=201) if answer else JsonResponse({"errors": {"session": "closed"}}, status=422)


def read(body):
    """Return the answers as they are kept, and what is wrong with them, by field."""
    errors = {name: "no such question" for name in body if name not in {field.name for field in FORM.fields}}
    typed = {}
    for field in FORM.fields:
        try:
            typed[field.name] = field.typed(body.get(field.name))
        except FieldError as error:
            errors[field.name] = str(error)
    with connection.cursor() as cursor:
        found = cursor.execute(FIND, [body.get("session")]).fetchone()
    reading = FORM.read(typed, [opening(*found)] if found else [])
    return dict(reading.values), {**reading.errors, **errors}


def opening(number, province, starts_at, place, seats_left):
    """Return a session as the form asks for it."""
    return Session(number, province, datetime.fromisoformat(starts_at), place, seats_left)


def keep(cursor, key, printed, values):
    """Take a seat, keep the row, remember the answer, note it; None where the session takes no more names."""
    now = datetime.now(UTC)
    at = now.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    if (seat := seated(cursor, values["session"], now)) is None:
        return None
    state, ticket, position = seat
    reference = new_reference()
    fixed = (reference, key, FORM.version, at, "api", state, values["session"], ticket)
    cursor.execute(KEEP, [*fixed, *sealed(reference, values), VAULT.index(values["phone"])])
    cursor.execute(REMEMBER, [FORM.id, key, printed, reference, state, position, at])
    note(cursor, at, reference)
    return answered(reference, state, position)


def seated(cursor, session, now):
    """Return state, ticket and place in the queue."""
    if session is None:
        return "received", None, None
    local = (now + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M")
    for state, statement in (("seated", SEAT), ("waiting", QUEUE)):
        if got := cursor.execute(statement, [session, local]).fetchall():
            return state, *got[0]
    return None


def sealed(reference, values):
    """Return the answers in the order of their columns, the secret ones sealed for their place."""
    for field in QUESTIONS:
        value = values[field.name]
        secret = field.secret and value is not None
        yield VAULT.seal(FORM.id, reference, field.name, value) if secret else value


def note(cursor, at, reference):
    """Add a link to the chain of the audit log."""
    last, before = cursor.execute(LAST).fetchone() or (0, "")
    link = json.dumps([before, last + 1, at, "public", "submit", "count=1", reference]).encode()
    cursor.execute(APPEND, [last + 1, at, reference, hmac.new(AUDIT, link, hashlib.sha256).hexdigest()])


def answered(reference, state, position):
    """Return what the person is told."""
    return {"reference": reference, "state": state, "position": position}


urlpatterns = [path("signup", signup)]
application = get_wsgi_application()
