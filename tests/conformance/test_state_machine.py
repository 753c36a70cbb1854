"""A store and a few plain lists go through the same random acts; they must tell the same story at every step.

The lists know the rules only: so many seats, first come first served, a seat that comes free goes to who waited
longest, one answer for each key, nothing again after erasing.
"""

import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from forms_api.commands import Outcome
from forms_api.errors import Erased, KeyReused, SessionClosed
from forms_api.store import audit
from tests.conformance.engines import ENGINES, PLEA, SIGNUP
from tests.store_samples import VAULT, command, new_session, submit, submit_all

ACTOR = "officer:test"


@dataclass
class Room:
    """A session as a person with pencil and paper would keep it."""

    capacity: int
    open: bool = True
    seated: set[str] = field(default_factory=set)
    queue: list[str] = field(default_factory=list)

    def arrive(self, reference: str) -> tuple[str, int | None]:
        if len(self.seated) < self.capacity and not self.queue:
            self.seated.add(reference)
            return "seated", None
        self.queue.append(reference)
        return "waiting", len(self.queue)

    def leave(self, reference: str) -> list[str]:
        if reference in self.queue:
            self.queue.remove(reference)
        self.seated.discard(reference)
        moved = self.queue[: self.capacity - len(self.seated)]
        self.queue = self.queue[len(moved) :]
        self.seated.update(moved)
        return moved


class Machine(RuleBasedStateMachine):
    """Random sign-ups, resends, crowds, cancellations, erasures and restarts."""

    engine = "sqlite"
    rooms = Bundle("rooms")
    kept = Bundle("kept")  # (key, reference)

    @initialize()
    def open_fresh(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.opener = ENGINES[self.engine](Path(self.folder.name))
        self.store = self.opener()
        self.model: dict[int, Room] = {}
        self.place: dict[str, int | None] = {}  # reference -> session
        self.states: dict[str, str] = {}
        self.keys = 0

    def teardown(self) -> None:
        if hasattr(self, "store"):
            self.store.close()
            self.folder.cleanup()

    def new_key(self) -> str:
        self.keys += 1
        return f"person-number-{self.keys:06}"

    def learn(self, outcome: Outcome, session_id: int | None) -> None:
        self.place[outcome.reference] = session_id
        self.states[outcome.reference] = outcome.state

    @rule(target=rooms, capacity=st.integers(1, 3))
    def add_session(self, capacity: int) -> int:
        number = self.store.add_session(new_session(capacity))
        self.model[number] = Room(capacity)
        return number

    @rule(room=rooms)
    def close_session(self, room: int) -> None:
        assert self.store.close_session(room)
        self.model[room].open = False

    @rule(target=kept, room=rooms)
    def sign_up(self, room: int) -> object:
        key, model = self.new_key(), self.model[room]
        if not model.open:
            with pytest.raises(SessionClosed):
                submit(self.store, command(key, session_id=room))
            return multiple()
        outcome = submit(self.store, command(key, session_id=room))
        assert (outcome.state, outcome.position) == model.arrive(outcome.reference)
        self.learn(outcome, room)
        return key, outcome.reference

    @rule(target=kept)
    def ask_for_help(self) -> tuple[str, str]:
        key = self.new_key()
        outcome = submit(self.store, command(key, form=PLEA))
        assert (outcome.state, outcome.position, outcome.replayed) == ("received", None, False)
        self.learn(outcome, None)
        return key, outcome.reference

    @rule(target=kept, room=rooms, count=st.integers(2, 9))
    def crowd(self, room: int, count: int) -> object:
        """Many at once, each of them twice with the same key: one row each, in some order, exactly by the rules."""
        model = self.model[room]
        if not model.open:
            return multiple()
        keys = [self.new_key() for _ in range(count)]
        outcomes = submit_all(self.store, [command(key, session_id=room) for key in keys * 2])
        assert all(isinstance(one, Outcome) for one in outcomes), outcomes
        firsts = {one.reference: one for one in outcomes if isinstance(one, Outcome) and not one.replayed}
        assert len(firsts) == count == len({one.reference for one in outcomes if isinstance(one, Outcome)})
        in_order = sorted(firsts.values(), key=lambda one: (one.position is not None, one.position or 0))
        for one in in_order:
            assert (one.state, one.position) == model.arrive(one.reference)
            self.learn(one, room)
        known = {key: one.reference for key, one in zip(keys, outcomes, strict=False) if isinstance(one, Outcome)}
        return multiple(*known.items())

    @rule(person=kept)
    def send_again(self, person: tuple[str, str]) -> None:
        key, reference = person
        form = SIGNUP if self.place[reference] is not None else PLEA
        if self.states[reference] == "erased":
            with pytest.raises(Erased):
                submit(self.store, command(key, form=form, session_id=self.place[reference]))
            return
        again = submit(self.store, command(key, form=form, session_id=self.place[reference]))
        assert (again.reference, again.replayed) == (reference, True)
        with pytest.raises(KeyReused) as told:
            submit(self.store, command(key, form=form, session_id=self.place[reference], full_name="คนอื่น"))
        assert told.value.reference == reference

    @rule(person=kept, act=st.sampled_from(["cancel", "finish", "erase"]))
    def end(self, person: tuple[str, str], act: str) -> None:
        _, reference = person
        before, session_id = self.states[reference], self.place[reference]
        possible = {
            "cancel": before in ("seated", "waiting", "received"),
            "finish": before == "received" and session_id is None,
            "erase": before != "erased",
        }[act]
        ended = getattr(self.store, act)(reference, ACTOR)
        assert (ended is not None) == possible
        if ended is None:
            return
        self.states[reference] = {"cancel": "cancelled", "finish": "done", "erase": "erased"}[act]
        moved = self.model[session_id].leave(reference) if session_id else []
        assert list(ended.promoted) == moved
        for one in moved:
            self.states[one] = "seated"

    @rule()
    def start_again(self) -> None:
        self.store.close()
        self.store = self.opener()

    @invariant()
    def every_row_is_where_the_lists_have_it(self) -> None:
        if not hasattr(self, "store"):
            return
        rows = {str(row["reference"]): row for form in (SIGNUP, PLEA) for row in self.store.rows(form)}
        alive = {reference: state for reference, state in self.states.items() if state != "erased"}
        assert {reference: row["state"] for reference, row in rows.items()} == alive
        for number, room in self.model.items():
            seen = self.store.session(number)
            assert seen is not None
            assert (seen.taken, seen.waiting) == (len(room.seated), len(room.queue))
            assert seen.taken <= seen.capacity
            here = [row for row in rows.values() if row["session_id"] == number and row["position"] is not None]
            places = {row["position"]: row["reference"] for row in here}
            assert [places[place] for place in sorted(places, key=int)] == room.queue  # type: ignore[call-overload]
        assert {str(row["phone"]) for row in rows.values()} <= {"0812345678"}

    @invariant()
    def the_audit_log_tells_of_every_act_and_holds_together(self) -> None:
        if not hasattr(self, "store"):
            return
        links = list(self.store.audit())
        assert audit.verify(links, VAULT.audit_key).fault == ""
        told = Counter(link.act.action for link in links)
        noted = [name for link in links if link.act.action == "submit" for name in link.act.detail.split()]
        assert sorted(noted) == sorted(self.states)
        assert told["erase"] == sum(state == "erased" for state in self.states.values())


@pytest.mark.parametrize("engine", ENGINES)
def test_whatever_happens_seats_queue_keys_and_audit_log_agree_with_paper_and_pencil(engine: str) -> None:
    class OfThisEngine(Machine):
        pass

    OfThisEngine.engine = engine
    machine = OfThisEngine.TestCase
    machine.settings = settings(
        max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
    )
    machine().runTest()
