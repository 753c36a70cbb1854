"""Hermetic fonts: the press sees the fonts of fontpkg-sarabun and nothing else, and proves it before it prints."""

import os
import tempfile
from collections.abc import Container, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, lru_cache
from importlib.metadata import version
from pathlib import Path
from xml.sax.saxutils import escape

import fontpkg
import fontpkg.errors
from fontTools.ttLib import TTLibError

from site_builder.press.glyphs import advances, characters, glyph_count
from site_builder.problems import Problem

FAMILY = "Sarabun"
GLYPHS = 700  # a Sarabun with Thai, Latin and its Thai ligatures has a few more; a subset has far fewer
WEIGHTS = (400, 600, 700, 800)
KNOWN_SENTENCE = "ทำงานอิสระขึ้นทะเบียนด้วยตัวเองในแอปมือถือ"  # no space: only libthai can break it
ENGINE = "70."
TEST_SIZE = 16  # CSS pixels
POINT = 25.4 / 72  # mm


def folder() -> Path:
    """Return the folder of the Sarabun files."""
    return Path(fontpkg.path(FAMILY, weight=WEIGHTS[0])).parent


def unprintable(text: str) -> list[str]:
    """Return the characters of a text that Sarabun cannot draw, each once, in order."""
    return [char for char in dict.fromkeys(text) if char not in _drawn() and char.isprintable()]


@cache
def _drawn() -> Container[str]:
    return characters(Path(fontpkg.path(FAMILY, weight=WEIGHTS[0])).read_bytes())


def length(text: str, points: float, weight: int = WEIGHTS[0]) -> float:
    """Return how long a text is on one line, in mm; pairs of letters that move closer are not looked at."""
    known = _advances(weight)
    return sum(known.get(char, 0.0) for char in text) * points * POINT


@lru_cache
def _advances(weight: int) -> Mapping[str, float]:
    return advances(Path(fontpkg.path(FAMILY, weight=weight)).read_bytes())


def file_faults() -> list[Problem]:
    """Return a problem for each file of the typeface that is not there, or not whole."""
    return [Problem("press", f"{fault}: reinstall fontpkg-sarabun") for weight in WEIGHTS for fault in _file(weight)]


def _file(weight: int) -> Iterator[str]:
    try:
        file = Path(fontpkg.path(FAMILY, weight=weight))
    except fontpkg.errors.FontpkgError:
        yield f"{FAMILY} {weight} is not installed"
        return
    try:
        count = glyph_count(file.read_bytes())
    except (OSError, TTLibError):
        yield f"{file.name} is missing or broken"
        return
    if count < GLYPHS:
        yield f"{file.name} has {count} glyphs, at least {GLYPHS} expected"


@contextmanager
def only_sarabun() -> Iterator[None]:
    """Point fontconfig at Sarabun alone while its configuration is read (WeasyPrint's import included).

    Without it a misspelt family name or a missing glyph is filled from any system font, without a word.
    """
    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory(prefix="press-fonts-") as scratch:
        settings = Path(scratch, "fonts.conf")
        settings.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig>'
            f"<dir>{escape(str(folder()))}</dir><cachedir>{escape(scratch)}/cache</cachedir></fontconfig>",
            encoding="utf-8",
        )
        os.environ["FONTCONFIG_FILE"] = str(settings)
        try:
            yield
        finally:
            os.environ.pop("FONTCONFIG_FILE")
            if before is not None:
                os.environ["FONTCONFIG_FILE"] = before


def self_test(configuration: object, sentence: str = KNOWN_SENTENCE) -> list[Problem]:
    """Return what is wrong with this machine's fonts, line breaker and font cutter (empty: ready to print).

    `sentence`: Thai without a space, longer than a line; it stays in one piece only where nothing can break it.
    """
    from weasyprint.text.ffi import harfbuzz_subset

    faults = []
    if not version("weasyprint").startswith(ENGINE):
        faults.append(f"weasyprint {version('weasyprint')}: the text layer is proven with {ENGINE}x only")
    if not harfbuzz_subset:
        faults.append("libharfbuzz-subset is missing: install libharfbuzz-subset0")
    if _lines(sentence, configuration) < 2:
        faults.append("libthai breaks no lines: install libthai-data")
    return [*file_faults(), *(Problem("press", fault) for fault in faults)]


def _lines(text: str, configuration: object) -> int:
    """Return how many lines a text takes in a column far narrower than the text."""
    import weasyprint

    style = f"body {{ font: {TEST_SIZE}px/1 {FAMILY}; width: {5 * TEST_SIZE}px }} p {{ margin: 0 }}"
    html = f'<html lang="th"><style>{style}</style><body><p id="a">{text}</p><p id="b">{text[0]}</p>'
    page = weasyprint.HTML(string=html).render(font_config=configuration).pages[0]
    return int(page.anchors["b"][1] - page.anchors["a"][1] + 1) // TEST_SIZE
