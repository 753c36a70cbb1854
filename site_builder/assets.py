"""Stylesheet, fonts, drawings and scripts of the site, made ready under `assets/`."""

import re
import shutil
from importlib import resources
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

from site_builder.templates import TEMPLATES

ASSETS = TEMPLATES / "assets"
FONT_PACKAGE = "fontpkg_sarabun"
# Weight in CSS and the file of that weight. 600 is drawn with 700, which saves each visitor one file.
FONTS = {400: "Sarabun-Regular.ttf", 700: "Sarabun-Bold.ttf", 800: "Sarabun-ExtraBold.ttf"}
# What the content may use: ASCII, Thai, and the punctuation of Thai and English text.
CHARACTERS = (
    *range(0x20, 0x7F), *range(0x0E01, 0x0E3B), *range(0x0E3F, 0x0E5C),
    *map(ord, "\u00a0©«»·×÷\u2010\u2011–—‘’“”•…‹›←→−\u25cc"),
)  # fmt: skip
_STYLES = ("tokens.css", "tokens-screen.css", "site.css")


def write_assets(target: Path) -> list[Path]:
    """Write everything a page loads below `target` (the site's `assets/`); returns the files written."""
    made = [*write_fonts(target / "fonts"), write_stylesheet(target / "css" / "site.css")]
    made += _copy(ASSETS / "css", target / "css", "*.css", leave=_STYLES)
    made += _copy(ASSETS / "js", target / "js", "*.js")
    made += _copy(ASSETS / "svg", target / "svg", "*.svg")
    return made


def write_stylesheet(target: Path) -> Path:
    """Write fonts, tokens and rules as one stylesheet without comments."""
    rules = [_font_face(weight) for weight in FONTS]
    rules += [(ASSETS / "css" / name).read_text(encoding="utf-8") for name in _STYLES]
    css = "\n".join(rules).replace('url("svg/', 'url("../svg/')
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    css = re.sub(r"\s*\n\s*", "\n", css).strip() + "\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(css, encoding="utf-8")
    return target


def write_fonts(folder: Path) -> list[Path]:
    """Write each weight of Sarabun as woff2 with Thai, Latin and all layout features: Thai marks need them."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_subset(name, folder / f"sarabun-{weight}.woff2") for weight, name in FONTS.items()]


def drawn_letters(folder: Path) -> frozenset[str]:
    """Return the letters that every weight in `folder` (as `write_fonts` wrote it) can draw."""
    files = (TTFont(folder / f"sarabun-{weight}.woff2") for weight in FONTS)
    return frozenset.intersection(*(frozenset(map(chr, file.getBestCmap())) for file in files))


def font_file(name: str) -> Path:
    """Return where the package keeps a font file."""
    return Path(str(resources.files(FONT_PACKAGE) / "files" / name))


def _subset(name: str, target: Path) -> Path:
    options = subset.Options()
    options.layout_features = ["*"]
    options.flavor = "woff2"
    options.hinting = False
    options.recalc_timestamp = False
    font = subset.load_font(str(font_file(name)), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=CHARACTERS)
    subsetter.subset(font)
    subset.save_font(font, str(target), options)
    return target


def _font_face(weight: int) -> str:
    return (
        f"@font-face {{ font-family: Sarabun; font-weight: {weight}; font-style: normal; font-display: swap; "
        f'src: url("../fonts/sarabun-{weight}.woff2") format("woff2"); }}'
    )


def _copy(source: Path, target: Path, pattern: str, leave: tuple[str, ...] = ()) -> list[Path]:
    made = []
    for path in sorted(source.glob(pattern)):
        if path.name not in leave:
            target.mkdir(parents=True, exist_ok=True)
            made.append(Path(shutil.copyfile(path, target / path.name)))
    return made
