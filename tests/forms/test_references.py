"""References: readable over the telephone, and every slip of one symbol is caught."""

import random
from itertools import pairwise

import pytest

from forms_api.references import ALPHABET, LENGTH, new_reference, read_reference


def finished(body):
    """The reference that begins with `body`."""
    return next(body + symbol for symbol in ALPHABET if read_reference(body + symbol))


RANDOM = random.Random(23)
SAMPLES = [finished("".join(RANDOM.choices(ALPHABET, k=LENGTH - 1))) for _ in range(50)]


def test_a_reference_has_eight_symbols_and_none_that_look_alike():
    made = [new_reference() for _ in range(50)]

    assert all(len(reference) == LENGTH == 8 and read_reference(reference) == reference for reference in made)
    for pair in ("0O", "1I", "1L", "2Z", "5S", "8B", "UV", "CG"):
        assert not set(pair) <= set(ALPHABET)


def test_references_differ():
    assert len({new_reference() for _ in range(1000)}) == 1000


@pytest.mark.parametrize("reference", SAMPLES[:10])
def test_any_single_wrong_symbol_is_detected(reference):
    for place in range(LENGTH):
        for symbol in ALPHABET:
            wrong = reference[:place] + symbol + reference[place + 1 :]
            assert (read_reference(wrong) is not None) == (wrong == reference)


@pytest.mark.parametrize("reference", SAMPLES)
def test_any_swap_of_neighbours_is_detected(reference):
    for place, (left, right) in enumerate(pairwise(reference)):
        if left != right:
            assert read_reference(reference[:place] + right + left + reference[place + 2 :]) is None


def test_a_reference_may_be_typed_in_any_case_and_spacing():
    reference = SAMPLES[0]

    assert read_reference(f" {reference[:4].lower()} - {reference[4:]}\u200b ") == reference


@pytest.mark.parametrize("typed", ["รหัส 2346-789E", "2346–789E.", "“2346 789e”", "z346/7b9E"])
def test_a_reference_is_read_as_a_hand_wrote_it(typed):
    """Dashes, dots and words around it do not matter; Z, B and G can only be 2, 8 and C."""
    reference = finished("2346789")

    assert read_reference(typed.replace("E", reference[7]).replace("e", reference[7].lower())) == reference


@pytest.mark.parametrize("text", ["", "ABC", "OOOOOOOO", "ไม่มีรหัส", "2" * 9, "'; DROP"])
def test_what_cannot_be_a_reference_is_none(text):
    assert read_reference(text) is None
