"""English words of the English editions: dates, years and figures."""

import re
from datetime import date

import pytest

from site_builder import english


@pytest.mark.parametrize(
    ("style", "shown"),
    [("long", "30 November B.E. 2569 (2026)"), ("short", "30 Nov 2026"), ("month", "November B.E. 2569 (2026)")],
)
def test_a_day_is_told_in_the_years_of_thai_papers_with_the_common_one_beside(style, shown):
    assert english.english_date(date(2026, 11, 30), style) == shown


@pytest.mark.parametrize(
    ("value", "shown"), [(75_249, "75,249"), (9_000_000, "9 million"), (20_200_000, "20.2 million"), (180, "180")]
)
def test_round_millions_are_spoken_and_all_else_is_exact(value, shown):
    assert english.english_number(value) == shown


@pytest.mark.parametrize(
    "held", ["30 May B.E. 2567", "30 Nov 2026", "Version 1", "step 3", "6-digit", "20.2 million", "180 days", "K5"]
)
def test_a_number_stays_with_its_unit(held):
    assert re.compile("|".join(english.PATTERNS)).search(f"it is {held} here")[0] == held
