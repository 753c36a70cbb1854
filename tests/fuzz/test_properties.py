"""Properties of the words, numbers and references that people send, over text that nobody would think of."""

import re
import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from forms_api.receipts import Receipt, Receipts
from forms_api.references import ALPHABET, new_reference, read_reference
from forms_api.vault import Keyring, Unreadable, Vault
from site_builder import thai

THAI = st.text("กขคงนมาำิีึืุูเแโใไ่้๊๋์ํ๐๑๒๙ \u200b\u202e\u00a0\ufeff\u00adabc0123\n\r\t+-=@", max_size=60)
ANY = st.one_of(THAI, st.text(max_size=200))
VAULT = Vault(Keyring.new())


@given(ANY)
def test_canonical_text_is_canonical_once_and_for_all(text):
    tidy = thai.tidy(text)

    assert thai.tidy(tidy) == tidy
    assert not any(unicodedata.category(sign) in ("Cc", "Cf") for sign in tidy)
    assert "  " not in tidy
    assert tidy == tidy.strip()
    assert thai.tidy("\u200b" + text + "\ufeff ") == tidy
    assert unicodedata.is_normalized("NFC", tidy)


@given(st.sampled_from(["น้ำ", "ก้ำ", "ค่ำ", "จ๊ำ"]), st.integers(0, 3))
def test_every_way_to_type_sara_am_with_a_tone_gives_one_spelling(word, way):
    consonant, tone = word[0], word[1]
    typed = (
        f"{consonant}{tone}\u0e33", f"{consonant}\u0e33{tone}",
        f"{consonant}{tone}\u0e4d\u0e32", f"{consonant}\u0e4d{tone}\u0e32",
    )[way]  # fmt: skip

    assert thai.tidy(typed) == word


@given(ANY)
def test_a_telephone_number_is_bare_digits_of_a_known_length_or_nothing(text):
    number = thai.phone(text)

    assert number is None or re.fullmatch("0[0-9]{8,9}", number)
    if number:
        assert thai.phone(thai.thai_digits(number)) == number == thai.phone(f"+66 {number[1:]}")


@given(st.integers(0, 7), st.sampled_from(ALPHABET), st.integers(0, 7))
def test_one_wrong_symbol_or_one_swap_in_a_reference_is_always_noticed(place, symbol, other):
    reference = new_reference()
    wrong = reference[:place] + symbol + reference[place + 1 :]
    swapped = list(reference)
    swapped[place], swapped[other] = swapped[other], swapped[place]

    assert read_reference(f" {reference[:4].lower()}-{reference[4:]} ") == reference
    assert (read_reference(wrong) == reference) == (wrong == reference)
    assert read_reference("".join(swapped)) in ((reference,) if "".join(swapped) == reference else (None,))


@given(ANY)
def test_nothing_but_our_own_receipt_is_read(text):
    assert Receipts("a secret of at least thirty-two letters").read("trainer_signup", text) is None


@given(st.integers(0, 400), st.characters(codec="ascii"), st.integers(0, 400))
@example(0, ".", 0)
def test_a_receipt_that_was_changed_or_cut_tells_nothing_new(place, char, end):
    receipts = Receipts("a secret of at least thirty-two letters")
    ours = Receipt("2346789A", "waiting", 3, 7, "50", replayed=False)
    text = receipts.sign("trainer_signup", ours)
    changed = text[: place % len(text)] + char + text[place % len(text) + 1 :]

    assert receipts.read("trainer_signup", text) == ours
    assert receipts.read("trainer_signup", changed) in (None, ours)  # the last sign of a signature holds spare bits
    assert receipts.read("trainer_signup", text[: end % len(text)]) is None
    assert receipts.read("help_request", text) is None
    assert Receipts("another secret of thirty-two letters!").read("trainer_signup", text) is None


@given(ANY)
def test_whatever_is_typed_as_a_reference_is_one_or_none(text):
    reference = read_reference(text)

    assert reference is None or (set(reference) <= set(ALPHABET) and read_reference(reference) == reference)


@given(st.text(ALPHABET + "ZBG", min_size=8, max_size=8), st.sampled_from(["", " ", "-", "\u200b", "\u2011"]))
def test_a_reference_is_read_however_it_is_copied(text, gap):
    reference = read_reference(text)

    assert read_reference(gap.join(text.lower())) == reference


@given(ANY, ANY, ANY, ANY)
def test_what_is_sealed_opens_in_its_own_place_only(text, table, row, column):
    if "\ud800" <= max(text + table + row + column, default="") <= "\udfff":
        return
    sealed = VAULT.seal(table, row, column, text)

    assert VAULT.open(table, row, column, sealed) == text
    for place in ((table + "x", row, column), (table, row + "x", column), (table, row, column + "x")):
        with pytest.raises(Unreadable):
            VAULT.open(*place, sealed)
    with pytest.raises(Unreadable):
        Vault(Keyring.new()).open(table, row, column, sealed)


@given(ANY)
@settings(max_examples=200)
def test_whatever_was_kept_before_there_were_keys_is_read_as_it_is(text):
    if not text.startswith("v1."):
        assert VAULT.open("t", "r", "c", text) == text
