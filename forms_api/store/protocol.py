"""What the rest of the form service may ask of a store. SQLite is the default; others come in by the same door."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

from forms_api.commands import Outcome, State, Submit
from forms_api.store.audit import Act, Entry
from forms_api.store.findings import Finding
from forms_api.store.sizes import Sizes
from site_builder.forms import Form
from site_builder.training import NewSession as NewSession


@dataclass(frozen=True)
class Session:
    """A training session as kept; `starts_at` is naive local Thai time."""

    id: int
    province: str
    starts_at: datetime
    place: str
    capacity: int
    taken: int
    waiting: int
    state: Literal["open", "closed"] = "open"

    @property
    def seats_left(self) -> int:
        """Seats still free; 0 means that the next person joins the waiting list."""
        return self.capacity - self.taken


@dataclass(frozen=True)
class StatusRow:
    """What a person may learn with a reference, once the last four digits of the phone have been compared."""

    form_id: str
    state: State
    position: int | None  # today's place in the waiting list, from 1; None unless waiting
    phone_last4: str
    session: Session | None


class Found(NamedTuple):
    """A form kept under a telephone number; not `readable`: its hash agrees, but nothing opens the number itself."""

    form_id: str
    reference: str
    readable: bool = True


@dataclass(frozen=True)
class Imported:
    """What an import did: ids of the sessions it added, and how many were there already."""

    added: tuple[int, ...]
    already: int


@dataclass(frozen=True)
class Ended:
    """A form that came to its end: the state it was in, and the references that moved up to a seat."""

    form_id: str
    before: State
    promoted: tuple[str, ...] = ()


@dataclass(frozen=True)
class Purged:
    """What a retention run did to one form: rows deleted, and old rows whose time has not begun to run."""

    deleted: int
    unended: int
    references: tuple[str, ...] = field(default=(), repr=False)  # of the rows deleted


@dataclass(frozen=True)
class Health:
    """Whether the store can take answers now; `problems` says in Thai why not."""

    waiting: int  # commands in the queue
    free_bytes: int  # on the disk of the data
    problems: tuple[str, ...] = field(default=())
    batches: Sizes = field(default=Sizes())  # committed so far by this process

    @property
    def ready(self) -> bool:
        """True when nothing stands against a submit."""
        return not self.problems


class Store(Protocol):
    """Keeps answers and sessions. Reads may be called from any thread; they never wait for a writer."""

    reads_at_once: bool  # one row is read in microseconds: a hop to another thread would cost more than the read

    async def submit(self, command: Submit) -> Outcome:
        """Keep one answered form, durably, exactly once per key.

        Raises KeyReused, Erased, SessionClosed or Busy; after any of these nothing of this command was kept.
        A full session never refuses: the answer is then `waiting`, with a position.
        """

    def open_sessions(self, province: str | None = None) -> list[Session]:
        """Sessions that still take names and lie in the future, soonest first."""

    def sessions(self, province: str | None = None) -> list[Session]:
        """All sessions, past and closed ones too, soonest first."""

    def session(self, session_id: int) -> Session | None:
        """One session, whatever its state, or None."""

    def status(self, reference: str) -> StatusRow | None:
        """What became of a submission, or None when there is no such reference."""

    def rows(self, form: Form, province: str | None = None) -> Iterator[Mapping[str, object]]:
        """Every kept row of a form as one moment saw it, oldest first: `ROW_COLUMNS`, then the form's own columns."""

    def newest(self, form: Form, province: str, state: State, limit: int = 50) -> Sequence[Mapping[str, object]]:
        """The newest rows of a province and a state, newest first: the list that an officer works from."""

    def states(self, form: Form, province: str | None = None) -> Mapping[State, int]:
        """How many rows of a form are in each state."""

    def with_phone(self, phone: str, actor: str) -> Sequence[Found]:
        """Everything kept under a telephone number; that somebody searched is noted."""

    def cancel(self, reference: str, actor: str) -> Ended | None:
        """Cancel an open form and give its seat to who waited longest; None where there is none that is open."""

    def finish(self, reference: str, actor: str) -> Ended | None:
        """Close a help request; None where there is none that is open."""

    def erase(self, reference: str, actor: str) -> Ended | None:
        """Delete one form for good and give its seat on; None where there is none. Call `wipe` afterwards."""

    def purge(self, form: Form, first_day: str, actor: str) -> Purged:
        """Delete every form whose time was over before `first_day` (ISO date). Call `wipe` afterwards."""

    def due(self, form: Form, first_day: str) -> int:
        """How many forms `purge` would delete."""

    def purge_keys(self, before: str) -> int:
        """Delete the keys of answers erased before a moment (ISO, UTC): a resend is then a new form."""

    def wipe(self) -> bool:
        """Let nothing deleted stay readable in the log of changes; False where a reader held it, so try again."""

    def reseal(self) -> int:
        """Seal every secret answer with the key in use; return how many rows changed. Safe to run again."""

    def use_only_this_key(self) -> None:
        """Let no process that does not know the key in use keep anything any more; older keys can then be retired."""

    def note(self, act: Act) -> None:
        """Keep a line in the audit log, durably, before what it tells of is handed out."""

    def audit(self) -> Iterator[Entry]:
        """The audit log as one moment saw it, oldest first."""

    def add_session(self, new: NewSession, actor: str = "service") -> int:
        """Keep a session and return its id."""

    def import_sessions(self, new: Sequence[NewSession], actor: str = "service") -> Imported:
        """Keep all sessions that are not there yet, or none; same province, time and place is the same session."""

    def close_session(self, session_id: int, actor: str = "service") -> bool:
        """Take no more names for a session; False when there is none with this id."""

    def seed_sessions(self, new: Sequence[NewSession]) -> int:
        """Keep these sessions if there is none at all yet; return how many were added."""

    def migrate(self) -> list[str]:
        """Bring the schema up to the forms' definitions; return the names of the steps taken now."""

    def health(self) -> Health:
        """Look at queue, file and disk; cheap enough for every few seconds."""

    def checkup(self) -> Sequence[Finding]:
        """Look over what may be wrong with the data and the machine that holds it, in plain Thai."""

    def counts(self) -> Mapping[str, int]:
        """Rows in each table."""

    def close(self) -> None:
        """Commit and answer what waits, then let go of the data. May be called twice."""


# The columns of every row before the form's own; `position` is None unless the person waits.
ROW_COLUMNS = (
    "reference",
    "created_at",
    "state",
    "position",
    "session_id",
    "session_starts_at",
    "session_place",
    "channel",
    "form_version",
)
