"""Long trials, run by `make soak` only: the same promises as tests/forms/test_concurrency.py, many more times."""

from collections import Counter

import pytest

from tests.faults.test_postgres import kept_in_postgres, postgres_desk, server_killed_again_and_again
from tests.forms.test_concurrency import crowd, kept, killed_again_and_again
from tests.serving import Desk

pytestmark = pytest.mark.soak


@pytest.mark.parametrize("workers", ["1", "2"])
def test_killed_at_two_hundred_random_points_the_service_loses_nothing_it_acknowledged(tmp_path, workers):
    assert killed_again_and_again(Desk(tmp_path), 200, 120, "--workers", workers)


@pytest.mark.parametrize("victim", ["service", "server"])
def test_killed_at_two_hundred_random_points_postgresql_loses_nothing_that_was_acknowledged(tmp_path, victim):
    desk = postgres_desk(tmp_path)
    if victim == "service":
        assert killed_again_and_again(desk, 200, 120, find=kept_in_postgres)
    else:
        assert server_killed_again_and_again(desk, 200, 120)


def test_fifty_crowds_for_thirty_seats_are_seated_and_queued_exactly(tmp_path):
    desk = Desk(tmp_path)
    for _ in range(50):
        desk.add_session(capacity="30")

    with desk.serving() as service:
        crowds = [crowd(service, [f"crowd-{n}-{m:04}" for m in range(200)], session=n) for n in range(1, 51)]

    for answers in crowds:
        assert Counter(answer.status_code for answer in answers) == {201: 200}
        told = [answer.json() for answer in answers]
        assert Counter(one["state"] for one in told) == {"seated": 30, "waiting": 170}
        assert sorted(one["position"] for one in told if one["state"] == "waiting") == list(range(1, 171))
    assert len(kept(desk)) == 50 * 200
