"""The function that keeps a whole batch of one form in PostgreSQL, in one call: text made from the form's columns.

It takes a JSON array of commands and answers one line for each: `kept` with state and position, `seen` with the first
answer, `closed`, or `again` where the reference that we drew is taken. Sessions are touched in the order of their ids,
so that two nodes cannot wait for one another. A command that fails leaves nothing behind; an error of the server fails
the whole call.
"""

# ruff: noqa: S608 - names are our own and checked by `quoted`, values come in as one JSON parameter

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from forms_api.store.schema import FIXED_COLUMNS, columns, index_column, indexed
from forms_api.store.statements import quoted, reference_used
from site_builder.forms import Form

FROM_COMMAND = tuple(name for name in FIXED_COLUMNS if name not in ("state", "ticket"))


@dataclass(frozen=True)
class Keep:
    """The function of one form. Its name holds a hash of its text.

    So a program of an older form calls its own: were it to put its text in the place of ours, the answers to a new
    question would be dropped without a word.
    """

    name: str  # quoted
    statement: str  # makes it

    @property
    def call(self) -> str:
        """Return the statement that calls it: commands as JSON, the local minute now."""
        return f"SELECT number, outcome, reference, state, place, body_hash, erased FROM {self.name}(?, ?)"


def keep_function(form: Form, tables: Iterable[str]) -> Keep:
    """Return a form's function.

    A reference is unique over all `tables`, since people ask for a status by the reference alone.
    """
    tables = tuple(tables)
    print_of_text = hashlib.sha256(_statement("", form, tables).encode()).hexdigest()[:8]
    name = quoted(f"keep_{form.id[:49]}_{print_of_text}")  # PostgreSQL's names have 63 letters
    return Keep(name, _statement(name, form, tables))


def _statement(name: str, form: Form, tables: Iterable[str]) -> str:
    used = reference_used(tables).replace("?", "one.command ->> 'reference'")
    answers = [*columns(form), *(index_column(name) for name in indexed(form))]
    return f"""
CREATE OR REPLACE FUNCTION {name}(commands jsonb, now_minute text)
RETURNS TABLE (number bigint, outcome text, reference text, state text, place bigint, body_hash text, erased text)
LANGUAGE plpgsql AS $body$
#variable_conflict use_column
DECLARE
    one record;
    seat bigint;
BEGIN
    FOR one IN
        SELECT listed.command, listed.n
        FROM jsonb_array_elements(commands) WITH ORDINALITY AS listed (command, n)
        ORDER BY (listed.command ->> 'session_id')::bigint NULLS FIRST, listed.n
    LOOP
        number := one.n; outcome := 'kept'; state := 'received'; place := NULL; seat := NULL;
        reference := one.command ->> 'reference'; body_hash := NULL; erased := NULL;
        BEGIN
            -- The remembered answer is put in first: whoever comes second with a key waits here, and then sees it.
            INSERT INTO idempotency (form_id, key, body_hash, reference, state, created_at)
            VALUES ('{form.id}', one.command ->> 'key', one.command ->> 'body_hash', reference, 'received',
                    one.command ->> 'created_at')
            ON CONFLICT (form_id, key) DO NOTHING;
            IF NOT FOUND THEN
                SELECT 'seen', kept.reference, kept.state, kept.position, kept.body_hash, kept.erased_at
                INTO outcome, reference, state, place, body_hash, erased
                FROM idempotency AS kept WHERE kept.form_id = '{form.id}' AND kept.key = one.command ->> 'key';
            ELSE
                IF EXISTS ({used}) THEN RAISE unique_violation; END IF;
                IF (one.command ->> 'session_id') IS NOT NULL THEN
                    UPDATE training_session AS session SET taken = taken + 1, next_ticket = next_ticket + 1
                    WHERE session.id = (one.command ->> 'session_id')::bigint AND taken < capacity AND waiting = 0
                        AND session.state = 'open' AND starts_at > now_minute
                    RETURNING next_ticket - 1 INTO seat;
                    IF FOUND THEN
                        state := 'seated';
                    ELSE
                        UPDATE training_session AS session SET waiting = waiting + 1, next_ticket = next_ticket + 1
                        WHERE session.id = (one.command ->> 'session_id')::bigint
                            AND session.state = 'open' AND starts_at > now_minute
                        RETURNING next_ticket - 1, waiting INTO seat, place;
                        state := 'waiting';
                        IF NOT FOUND THEN RAISE EXCEPTION USING ERRCODE = 'FA001'; END IF;
                    END IF;
                    UPDATE idempotency AS kept SET state = {name}.state, position = place
                    WHERE kept.form_id = '{form.id}' AND kept.key = one.command ->> 'key';
                END IF;
                INSERT INTO {quoted(form.id)} (state, ticket, {_listed((*FROM_COMMAND, *answers))})
                SELECT {name}.state, seat, {_listed((*FROM_COMMAND, *answers), "given.")}
                FROM jsonb_populate_record(NULL::{quoted(form.id)}, one.command) AS given;
            END IF;
        EXCEPTION
            WHEN SQLSTATE 'FA001' THEN outcome := 'closed';
            WHEN unique_violation THEN outcome := 'again';
        END;
        RETURN NEXT;
    END LOOP;
END $body$"""


def _listed(names: Iterable[str], source: str = "") -> str:
    return ", ".join(f"{source}{quoted(name)}" for name in names)
