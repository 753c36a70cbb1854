"""Problems in the content: gathered all at once, then told together.

Problem           one line for an editor: place and message
ContentErrors     raised with every problem found, by the loader and by the site's checks
└── PressErrors   raised by the press (press/render.py)
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One thing an editor must mend: `place` is a path with a line (`content/faq.md:12`) or a record."""

    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.place}: {self.message}"


class ContentErrors(Exception):
    """The content cannot be used; `problems` holds every fault found, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = _each_once(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def _each_once(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the problems sorted; one that only names a file goes where another names its line for the same fault."""
    found = set(problems)
    with_line = {
        (place, problem.message) for problem in found for place in (problem.place.rpartition(":")[0],) if place
    }
    return tuple(sorted(problem for problem in found if (problem.place, problem.message) not in with_line))
