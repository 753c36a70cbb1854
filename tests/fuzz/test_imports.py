"""The list of sessions that an officer brings: read as it is meant, or refused with a reason for each fault."""

import csv
import io
from datetime import datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from forms_api.sessions import SessionProblems, read_file
from forms_api.store.protocol import NewSession
from site_builder import areas, thai
from site_builder.problems import Problem

HEADINGS = "province,starts_at,place,capacity"
PROVINCES = st.sampled_from([area.code for area in areas.provinces()])
MOMENTS = st.integers(0, 60 * 24 * 365 * 70).map(lambda minutes: datetime(2026, 1, 1) + timedelta(minutes=minutes))
PLACES = st.text("หอประชุมอำเภอ ก1\",;'\t=+-()้ำ", min_size=1, max_size=30).filter(thai.tidy)
SESSIONS = st.builds(NewSession, PROVINCES, MOMENTS, PLACES, st.integers(1, 10_000))


def written(moment: datetime, way: int) -> str:
    """One of the ways in which officers write a date and a time."""
    in_thai = moment.year + thai.BUDDHIST_ERA
    return (
        f"{moment:%Y-%m-%dT%H:%M}",
        f"{moment.day}/{moment.month}/{in_thai} {moment:%H:%M}",
        f"{moment.day:02}/{moment.month:02}/{moment.year} {moment:%H.%M} น.",
        thai.thai_digits(f"{in_thai}-{moment.month:02}-{moment.day:02} {moment:%H:%M}"),
    )[way]


@given(
    sessions=st.lists(SESSIONS, min_size=1, max_size=6, unique_by=lambda one: one.starts_at),
    ways=st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.booleans()), min_size=6, max_size=6),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    mark=st.sampled_from(["utf-8", "utf-8-sig"]),
    ends=st.sampled_from(["\n", "\r\n"]),
)
def test_every_way_to_write_a_list_gives_the_sessions_that_were_meant(
    tmp_path_factory, sessions, ways, delimiter, quoting, mark, ends
):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=ends)
    writer.writerow(HEADINGS.split(","))
    for one, (way, by_name, in_thai) in zip(sessions, ways, strict=False):
        province = areas.name(one.province) if by_name else one.province
        seats = thai.thai_digits(f"{one.capacity:,}") if in_thai else str(one.capacity)
        writer.writerow([province, written(one.starts_at, way), one.place, seats])
    path = tmp_path_factory.getbasetemp() / "list.csv"
    path.write_bytes(text.getvalue().encode(mark))

    assert read_file(path) == [
        NewSession(one.province, one.starts_at, thai.tidy(one.place), one.capacity) for one in sessions
    ]


LIKELY = ("50", "เชียงใหม่", "2569-12-15T09:00", "15/12/2569 09:00", "30", "๓๐", "", '"')
CELLS = st.one_of(st.text(max_size=12), st.sampled_from(LIKELY))


def read(path: Path) -> tuple[list[NewSession], tuple[Problem, ...]]:
    """The sessions of a file, or what is wrong with it."""
    try:
        return read_file(path), ()
    except SessionProblems as error:
        return [], error.problems


@given(
    st.one_of(
        st.binary(max_size=200),
        st.lists(st.lists(CELLS, max_size=5).map(",".join), max_size=5).map(
            lambda rows: "\n".join([HEADINGS, *rows]).encode("utf-8", "surrogatepass")
        ),
    )
)
def test_any_file_is_a_list_of_sessions_or_a_list_of_faults(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(data)

    sessions, problems = read(path)

    assert bool(sessions) != bool(problems)
    for one in sessions:
        assert one.province in {area.code for area in areas.provinces()}
        assert one.place == thai.tidy(one.place) != ""
        assert 2000 <= one.starts_at.year < 2100
        assert 1 <= one.capacity <= 10_000
