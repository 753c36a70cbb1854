"""Words as people and their telephones really type them: one spelling in the store, whatever came."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from site_builder import thai

SARA_AM, NIKHAHIT, SARA_AA = "\u0e33", "\u0e4d", "\u0e32"
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u202a\u202e\u2066\u2069\u0600\x00\x01\x08\x1b\x7f"
SPACES = " \u00a0\u2002\u2009\u3000\t"
TONES = st.sampled_from(["", "\u0e48", "\u0e49", "\u0e4a", "\u0e4b"])
CONSONANTS = st.sampled_from("กขคงจชดตนบปมรลวสหอ")


@st.composite
def clusters(draw: st.DrawFn) -> tuple[str, str]:
    """One Thai cluster: as it is kept, and one of the ways in which it is typed."""
    letter, tone = draw(CONSONANTS), draw(TONES)
    if draw(st.booleans()):
        ways = [letter + tone + SARA_AM, letter + SARA_AM + tone, letter + tone + NIKHAHIT + SARA_AA]
        ways.append(letter + NIKHAHIT + tone + SARA_AA)
        return letter + tone + SARA_AM, draw(st.sampled_from(ways))
    vowel = draw(st.sampled_from(["", "\u0e31", "\u0e34", "\u0e35", "\u0e37", "\u0e38", "\u0e39"]))
    marks = [vowel + tone, tone + vowel, vowel + vowel + tone, vowel + tone + tone]
    lead, leads = draw(st.sampled_from([("", [""]), ("เ", ["เ"]), ("แ", ["แ", "เเ"]), ("โ", ["โ"])]))
    return lead + letter + vowel + tone, draw(st.sampled_from(leads)) + letter + draw(st.sampled_from(marks))


@st.composite
def words(draw: st.DrawFn) -> tuple[str, str]:
    """A line of words: as it is kept, and as it is typed, with what nobody sees strewn over it."""
    parts = draw(st.lists(st.lists(clusters(), min_size=1, max_size=4), min_size=1, max_size=4))
    kept = " ".join("".join(right for right, _ in part) for part in parts)
    gap = st.text(SPACES, min_size=1, max_size=3)
    typed = draw(st.text(SPACES, max_size=2))
    for part in parts:
        typed += "".join(way for _, way in part) + draw(gap)
    places = draw(st.lists(st.tuples(st.integers(0, len(typed)), st.sampled_from(INVISIBLE)), max_size=6))
    for place, nothing in places:
        typed = typed[:place] + nothing + typed[place:]
    return kept, typed


@given(words())
def test_every_way_to_type_a_line_gives_the_one_that_is_kept(line):
    kept, typed = line

    assert thai.tidy(typed) == kept
    assert thai.tidy(kept) == kept


@given(st.text(st.characters(codec="utf-8")))
@example("e\x01\u0301")
@example("\u0344" * 40)
@example("ก\u0e48\u0323\u0e4d\u0e32\u0e38" * 20)
def test_canonical_text_is_never_longer_never_hidden_and_never_changes_again(text):
    tidy, lines = thai.tidy(text), thai.tidy_lines(text)

    assert len(tidy) <= len(unicodedata.normalize("NFC", text))
    assert not any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in tidy + lines.replace("\n", ""))
    assert unicodedata.is_normalized("NFC", tidy)
    assert thai.tidy(tidy) == tidy
    assert thai.tidy_lines(lines) == lines
    assert thai.tidy(lines) == tidy


@given(st.text("0123456789๐๑๒๓๔๕๖๗๘๙+-() .\u200b\u2011\u00a0", max_size=24))
@example("๐๘๑-๒๓๔-๕๖๗๘")
def test_a_number_in_thai_digits_is_the_same_number(text):
    assert thai.phone(thai.thai_digits(text)) == thai.phone(thai.arabic_digits(text))


@given(st.from_regex("0[689][0-9]{8}|0[2-7][0-9]{7}", fullmatch=True), st.data())
def test_every_way_to_write_a_number_gives_its_bare_digits(number, data):
    written = data.draw(st.sampled_from([number, f"+66{number[1:]}", f"0066{number[1:]}", f"+66 (0) {number[1:]}"]))
    for _ in range(data.draw(st.integers(0, 4))):
        place = data.draw(st.integers(1, len(written)))
        written = written[:place] + data.draw(st.sampled_from(" -.\u200b\u2013\u00a0")) + written[place:]

    assert thai.phone(written) == number
    assert thai.show_phone(number).replace(" ", "") == number
