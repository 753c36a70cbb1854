"""A form on the two sides of one leaf: how much room each question takes there, and where the leaf is turned over.

Heights are worked out beforehand, in mm, so that the questions fill the paper evenly; the gates measure the print.
The lengths here are those of site_templates/leaflets/form.css.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from site_builder.forms import Field, Form, FormPage, Given, Option
from site_builder.forms.choices import Choice, Choices, Step
from site_builder.forms.fields import LongText, Notice, ThaiPhone
from site_builder.forms.places import Area, SessionChoice
from site_builder.press import fonts

HEADING = 8.6  # the title of a page
ASKED, ANSWERS, WIDE = 62.0, 108.0, 172.0  # columns: what is asked, and what is answered beside or below it
LABEL, HINT, NOTICE, CHOICE, MORE = 6.6, 5.0, 5.8, 7.6, 5.0  # lines; MORE: each further one of an answer
LINE, LAST = 9.0, 1.4  # to write on by hand, and below the last
BOX = 9.2  # in front of an answer, and the air behind it
MOST_TICKS = 14  # answers to choose from; more become a line to write on
LETTERS_BY_HAND = 75  # on a line
# Lines for a long answer, and the air above and below each question: less of both only where the leaf is full.
DENSITIES = ((4, 3.4), (3, 3.4), (2, 3.4), (2, 2.0))
MOST_AIR = 4.0  # that a question is given beside what it takes


@dataclass(frozen=True)
class Asking:
    """What is known when a form is put on paper: answers to print, words for each step of the app, more hints."""

    given: Given
    steps: Mapping[str, str]
    also: Mapping[str, str]  # hints that paper alone needs, by the name of the field


@dataclass(frozen=True)
class Tick:
    """An answer with a box to tick, and its width; its note stands behind it or, where that is too long, below."""

    option: Option
    width: float
    below: int = 0  # lines of the note


@dataclass(frozen=True)
class Row:
    """A question as it stands on paper; `height` is the room that it has."""

    number: int
    field: Field
    label: str
    page: FormPage
    also: str
    ticks: tuple[tuple[Tick, ...], ...]  # the answers to choose from, line by line
    lines: int  # to write on
    height: float = 0.0

    @property
    def macro(self) -> str:
        """Return how it is asked: a macro of site_templates/leaflets/form_fields.html."""
        return self.field.macro if self.ticks or not isinstance(self.field, Choice) else "line"

    @property
    def heading(self) -> str:
        """Return what stands above it: the title of its page, where that asks for more than this."""
        return self.page.title if len(self.page.fields) > 1 and self.field is self.page.fields[0] else ""

    @property
    def many(self) -> bool:
        """Tell whether several answers may be ticked."""
        return isinstance(self.field, Choices)

    @property
    def chosen(self) -> bool:
        """Tell whether the web gives a list to choose from, which may be a line to write on here."""
        return isinstance(self.field, Choice | Area | SessionChoice)

    @property
    def wide(self) -> bool:
        """Tell whether its answers stand below the question, from edge to edge."""
        return self.macro == "steps"

    @property
    def taken(self) -> float:
        """Return its room and that of the heading above it."""
        return self.height + (HEADING if self.heading else 0)


def leaf(form: Form, asking: Asking, front: float, back: float) -> tuple[list[Row], list[Row]] | None:
    """Return the questions of both sides, spread over the room there; None where they need more than one leaf."""
    for lines, padding in DENSITIES:
        rows = [_row(form, page, field, asking, lines) for page in form.pages for field in page.fields]
        rows = [replace(row, height=padding + _height(row)) for row in rows]
        if sides := _turned(rows, front, back):
            return sides
    return None


def _turned(rows: Sequence[Row], front: float, back: float) -> tuple[list[Row], list[Row]] | None:
    """As much as fits stands in front; what is asked on one screen stands on one side, if it can."""
    inside = [at < len(rows) and rows[at - 1].page is rows[at].page for at in range(len(rows) + 1)]
    for at in sorted(range(1, len(rows) + 1), key=lambda at: (inside[at], -at)):
        if _taken(rows[:at]) <= front and _taken(rows[at:]) <= back:
            return _spread(rows[:at], front), _spread(rows[at:], back)
    return None


def _taken(rows: Sequence[Row]) -> float:
    return sum(row.taken for row in rows)


def _spread(rows: Sequence[Row], room: float) -> list[Row]:
    air = min(MOST_AIR, (room - _taken(rows)) / max(1, len(rows)))
    return [replace(row, height=round(row.height + air, 2)) for row in rows]


def _row(form: Form, page: FormPage, field: Field, asking: Asking, most_lines: int) -> Row:
    options = _options(field, asking)
    widths = (WIDE / 2,) * 2 if isinstance(field, Step) else _columns(options)
    ticks = tuple(_side_by_side(options[at : at + len(widths)], widths) for at in range(0, len(options), len(widths)))
    lines = min(most_lines, ceil(field.max_length / LETTERS_BY_HAND)) if isinstance(field, LongText) else 1
    also = asking.also.get(field.name, "")
    label = field.asked(asking.given) if asking.given.values else field.label
    return Row(form.number(field.name), field, label, page, also, ticks, lines)


def _options(field: Field, asking: Asking) -> Sequence[Option]:
    """Return the answers that are ticked; of a session only that none is chosen, since sessions come and go."""
    if not isinstance(field, Choice | SessionChoice):
        return ()
    options = field.options(Given(asking.given.values))
    if isinstance(field, Step):
        options = [replace(option, note=asking.steps.get(option.code, option.note)) for option in options]
    return options if len(options) <= MOST_TICKS else ()


def _columns(options: Sequence[Option]) -> tuple[float, ...]:
    """Return the widths of as many columns as hold the answers, each on one line; their notes may go on below."""
    for count in (3, 2):
        longest = [max((BOX + _long(option.label) for option in options[at::count]), default=0) for at in range(count)]
        if len(options) >= count and sum(longest) <= ANSWERS:
            return tuple(round(each + (ANSWERS - sum(longest)) / count, 2) for each in longest)
    return (ANSWERS,)


def _side_by_side(options: Sequence[Option], widths: Sequence[float]) -> tuple[Tick, ...]:
    """Return the answers of one line; one that stands alone has all of it."""
    rooms = widths if len(options) > 1 else (sum(widths),)
    return tuple(_tick(option, room) for option, room in zip(options, rooms, strict=False))


def _tick(option: Option, width: float) -> Tick:
    behind = BOX + _long(f"{option.label} ") + fonts.length(option.note, 10)
    return Tick(option, width, 0 if behind <= width else _lines(option.note, width - BOX))


def _long(label: str) -> float:
    return fonts.length(label, 12, 600)


def _height(row: Row) -> float:
    hints = _lines(row.field.hint, ASKED) + _lines(f"กาได้หลายข้อ {row.also}" if row.ticks else row.also, ASKED)
    asked = _lines(row.label, ASKED, 13, 700) * LABEL + hints * HINT
    ticked = sum(CHOICE + MORE * max(tick.below for tick in side_by_side) for side_by_side in row.ticks)
    if row.wide:
        return asked + ticked
    if isinstance(row.field, Notice):
        told = sum(_lines(line, ANSWERS, 11) for line in row.field.text.split("\n"))
        return max(asked, told * NOTICE + CHOICE)
    if isinstance(row.field, SessionChoice):
        return max(asked, CHOICE + LINE + ticked)
    if row.ticks:
        return max(asked, ticked)
    return max(asked, row.lines * LINE + LAST, LINE + HINT if isinstance(row.field, ThaiPhone) else 0)


def _lines(text: str, room: float, points: float = 10, weight: int = 400) -> int:
    """Return how many lines a text takes that breaks at its spaces; no text takes none."""
    count, at, space = 1, 0.0, fonts.length(" ", points, weight)
    for part in text.split():
        long = fonts.length(part, points, weight)
        if at and at + long > room:
            count, at = count + 1, 0.0
        count += int(long // room)  # a part that is longer than a line breaks inside
        at += long % room + space
    return count if text else 0
