"""The same transaction in Django: one file, SQLite with IMMEDIATE transactions, WAL and every commit synced."""

import hashlib
import json
import re
import secrets
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import connection, transaction
from django.http import JsonResponse
from django.urls import path

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

TABLES = (
    "CREATE TABLE IF NOT EXISTS session (id INTEGER PRIMARY KEY, capacity INT, taken INT DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS signup (id TEXT PRIMARY KEY, key TEXT UNIQUE, session_id INT, state TEXT, name TEXT,"
    " phone TEXT, village TEXT)",
    "CREATE TABLE IF NOT EXISTS idem (key TEXT PRIMARY KEY, hash TEXT, answer TEXT)",
    "CREATE TABLE IF NOT EXISTS audit (seq INTEGER PRIMARY KEY, action TEXT, object TEXT)",
    "INSERT OR IGNORE INTO session (id, capacity) VALUES (1, 100000000)",
)
with transaction.atomic(), connection.cursor() as cursor:
    for statement in TABLES:
        cursor.execute(statement)


def signup(request):
    """Look the key up, take a seat, keep the row, remember the answer, note it."""
    key, body = request.headers["Idempotency-Key"], json.loads(request.body)
    phone = re.sub("[^0-9]", "", body["phone"])
    if not re.fullmatch("0[689][0-9]{8}", phone):
        return JsonResponse({}, status=422)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM idem WHERE key = %s", [key])
        if seen := cursor.fetchone():
            return JsonResponse(json.loads(seen[0]))
        cursor.execute("UPDATE session SET taken = taken + 1 WHERE id = %s AND taken < capacity", [body["session"]])
        state = "seated" if cursor.rowcount else "waiting"
        answer = {"reference": secrets.token_hex(6), "state": state}
        row = [answer["reference"], key, body["session"], state, body["full_name"], phone, body["village"]]
        cursor.execute("INSERT INTO signup VALUES (%s, %s, %s, %s, %s, %s, %s)", row)
        digest = hashlib.sha256(request.body).hexdigest()
        cursor.execute("INSERT INTO idem VALUES (%s, %s, %s)", [key, digest, json.dumps(answer)])
        cursor.execute("INSERT INTO audit (action, object) VALUES ('submit', %s)", [answer["reference"]])
    return JsonResponse(answer, status=201)


urlpatterns = [path("signup", signup)]
application = get_wsgi_application()
