"""What eyes and copiers see of a finished page: letters against what is painted below them, and what one bit leaves.

Each page is drawn twice, with its text and without it. The difference is the letters, the second drawing their ground.
Where a page looks, dot for dot, like one that was found without a fault, the letters it shares with it are not looked
at again: the leaflets of all provinces differ in a few lines.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image, ImageChops

Colour = tuple[int, int, int]
Bounds = tuple[float, float, float, float]  # points: left, bottom, right, top
Box = tuple[int, int, int, int]  # pixels: left, top, right, bottom

SCREEN, COPIER, FINE = 72, 150, 300  # dots per inch: for contrast, for one bit, and for strokes that fall between dots
CONTRAST, CONTRAST_LARGE = 4.5, 3.0  # WCAG 2, 1.4.3
LARGE, LARGE_BOLD = 17.9, 13.9  # points, 18 and 14 as the engine rounds them
BOLD = ("Sarabun-Bold", "Sarabun-Ultra-Bold")
STRAY = 0.02  # share of a box of letters that may be something else: the line beside it, smoothed edges
LOST = 0.05  # share of the letters themselves that may stand on too like a ground
KEPT = 0.5  # share of a letter's ink that one bit must keep
WHOLE = 0.8  # so much kept of a run of letters: no need to look at each
GREYS = range(32, 224)  # neither ink nor paper
SMOOTHED = 0.08  # share of a page that may be grey: the smoothed edges of letters and lines
FLAT_GREY = 0.0005  # share of a page that may be grey with the same grey around it
EVEN = 8  # steps of 255 between dots that are the same grey
INK = 128  # darker is ink on a copy of one bit
ONE_BIT = [255 * (value >= INK) for value in range(256)]


Mark = tuple[str, "Colour", bool, "Box"]


@dataclass(frozen=True)
class Run:
    """Letters that are painted at once: a piece of a line, in one colour."""

    text: str
    colour: Colour
    large: bool
    bounds: Bounds
    at: Any  # the object on its page

    @property
    def mark(self) -> "Mark":
        """Return what makes it the same run on another page: its letters, how they look, and where, to a point."""
        left, bottom, right, top = self.bounds
        return self.text, self.colour, self.large, (round(left), round(bottom), round(right), round(top))


@dataclass(frozen=True)
class Approved:
    """A page without a fault: what it looks like, and its runs."""

    picture: Image.Image
    marks: frozenset[Mark]


class Seen:
    """A page as it is seen: its runs of letters, and pictures of it with them and without, each drawn once."""

    def __init__(self, page: pypdfium2.PdfPage) -> None:
        self.page, self.height = page, page.get_height()
        self._reading = page.get_textpage()
        found = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=1, textpage=self._reading)
        self.runs = [_run(each) for each in found if each.extract().strip()]
        self._full: dict[int, Image.Image] = {}
        self._colour: dict[int, tuple[Image.Image, Image.Image]] = {}
        self._grey: dict[int, tuple[Image.Image, Image.Image]] = {}

    def full(self, dots: int) -> Image.Image:
        """Return a picture of the page."""
        if dots not in self._full:
            self._full[dots] = self.page.render(scale=dots / 72).to_pil().convert("RGB")
        return self._full[dots]

    def drawn(self, dots: int) -> tuple[Image.Image, Image.Image]:
        """Return pictures of the page with its text and without."""
        if dots not in self._colour:
            full = self.full(dots)
            self._switch(on=False)
            self._colour[dots] = full, self.page.render(scale=dots / 72).to_pil().convert("RGB")
            self._switch(on=True)
        return self._colour[dots]

    def grey(self, dots: int) -> tuple[Image.Image, Image.Image]:
        """Return the same pictures in grey."""
        if dots not in self._grey:
            full, ground = self.drawn(dots)
            self._grey[dots] = full.convert("L"), ground.convert("L")
        return self._grey[dots]

    @cached_property
    def shapes(self) -> Image.Image:
        """Return where letters are at `COPIER` dots, white on black, whatever is painted below them."""
        black, white = (self._all_in(value).render(scale=COPIER / 72, grayscale=True).to_pil() for value in (0, 255))
        for run in self.runs:
            pdfium.FPDFPageObj_SetFillColor(run.at.raw, *run.colour, 255)
        return ImageChops.difference(black.convert("L"), white.convert("L"))

    def _all_in(self, grey: int) -> pypdfium2.PdfPage:
        for run in self.runs:
            pdfium.FPDFPageObj_SetFillColor(run.at.raw, grey, grey, grey, 255)
        return self.page

    @cached_property
    def letters(self) -> list[tuple[str, Bounds]]:
        """Return all letters with their bounds."""
        each = range(self._reading.count_chars())
        found = [(self._reading.get_text_range(at, 1), self._reading.get_charbox(at)) for at in each]
        return [(letter, bounds) for letter, bounds in found if letter.strip()]

    def _switch(self, on: bool) -> None:
        for run in self.runs:
            pdfium.FPDFPageObj_SetIsActive(run.at.raw, on)


def faults(page: pypdfium2.PdfPage, one_bit: bool, approved: Approved | None = None) -> list[str]:
    """Return what cannot be seen well on a page; `one_bit`: by a copier that knows black and white alone."""
    return looked_at(page, one_bit, approved)[0]


def looked_at(
    page: pypdfium2.PdfPage, one_bit: bool, approved: Approved | None = None
) -> tuple[list[str], Approved | None]:
    """Return what cannot be seen well on a page, and the page as one to go by where there is no such thing."""
    seen, dots = Seen(page), COPIER if one_bit else SCREEN
    picture, marks = seen.full(dots), frozenset(run.mark for run in seen.runs)
    new = _new(seen, picture, approved, dots) if approved else seen.runs
    found = list(low_contrasts(seen, new, dots))
    if one_bit:
        found += [*greys(seen.full(COPIER).convert("L")), *lost_by_one_bit(seen, new)]
    return found, None if found else Approved(picture, marks)


def _new(seen: Seen, picture: Image.Image, approved: Approved, dots: int) -> list[Run]:
    """Return the runs that the approved page has not, or that do not look there as they look here."""
    if picture.size != approved.picture.size:
        return seen.runs
    changed = ImageChops.difference(picture, approved.picture).point([0, *[255] * 255] * 3).convert("L")
    return [
        run
        for run in seen.runs
        if run.mark not in approved.marks or changed.crop(_box(run.bounds, seen.height, dots)).getbbox()
    ]


def low_contrasts(seen: Seen, runs: Sequence[Run], dots: int = SCREEN) -> Iterator[str]:
    """Yield a fault for each of these runs that is too like what is painted below it."""
    if not runs:
        return
    full, ground = seen.drawn(dots)
    for run in runs:
        box = _box(run.bounds, seen.height, dots)
        wanted = CONTRAST_LARGE if run.large else CONTRAST
        below = ground.crop(box)
        if ImageChops.difference(full.crop(box), below).getbbox() is None:
            yield f"“{run.text}” cannot be seen: something is painted over it, or it has the colour of its ground"
        elif _poor(run, below, wanted) > STRAY and (worst := _ground_of_letters(seen, run, wanted)):
            told = f"“{run.text}”: {_hex(run.colour)} on {_hex(worst)} has a contrast of"
            yield f"{told} {contrast(run.colour, worst):.1f}, at least {wanted:.1f} is needed"


def greys(full: Image.Image) -> Iterator[str]:
    """Yield a fault for grey surfaces, and for too much grey."""
    if (share := _share(full, GREYS)) > SMOOTHED:
        yield f"{share:.0%} of the page is grey, at most {SMOOTHED:.0%} may be: a copier knows black and white alone"
    if (flat := flat_grey(full)) > FLAT_GREY:
        yield f"{flat:.1%} of the page is a grey surface: a copier knows black and white alone"


def lost_by_one_bit(seen: Seen, runs: Sequence[Run]) -> Iterator[str]:
    """Yield a fault for each of these runs of which a copy of one bit would lose letters."""
    if not runs:
        return
    full, ground = seen.grey(COPIER)
    for run in runs:
        box = _box(run.bounds, seen.height, COPIER)
        if _kept(full.crop(box), ground.crop(box)) < WHOLE or _on_its_like(run, ground.crop(box)):
            inside = [each for each in seen.letters if _is_inside(each[1], run.bounds)]
            if lost := "".join(letter for letter, bounds in inside if _is_lost(seen, bounds)):
                yield f"“{run.text}”: a copy of one bit loses “{lost}”"


def flat_grey(picture: Image.Image) -> float:
    """Return the share of a picture that is grey with the same grey beside it, which no smoothed edge is."""
    even = picture.point([255 * (value in GREYS) for value in range(256)])
    for across, down in ((1, 0), (0, 1), (2, 2)):
        step = ImageChops.difference(picture, ImageChops.offset(picture, across, down))
        even = ImageChops.multiply(even, step.point([255 * (each <= EVEN) for each in range(256)]))
    return _share(even, range(255, 256))


@lru_cache(maxsize=4096)
def contrast(one: Colour, other: Colour) -> float:
    """Return the contrast of two colours by WCAG 2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    parts = [part / 255 for part in colour]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _run(found: Any) -> Run:
    size = found.get_font_size() * abs(found.get_matrix().d)
    face = found.get_font().get_base_name().rsplit("+")[-1]
    red, green, blue, alpha = (pdfium.c_uint() for _ in range(4))
    pdfium.FPDFPageObj_GetFillColor(found.raw, red, green, blue, alpha)
    return Run(
        text=found.extract().strip(),
        colour=(red.value, green.value, blue.value),
        large=size >= LARGE or (size >= LARGE_BOLD and face in BOLD),
        bounds=found.get_bounds(),
        at=found,
    )


def _poor(run: Run, ground: Image.Image, wanted: float) -> float:
    """Return which share of what is painted below a run is too like its colour."""
    found: Any = ground.getcolors(ground.width * ground.height)
    poor = sum(many for many, one in found if contrast(run.colour, one) < wanted)
    return float(poor / (ground.width * ground.height))


def _ground_of_letters(seen: Seen, run: Run, wanted: float) -> Colour | None:
    """Return the ground on which a run's letters are hardest to read; None if enough of them stand on a better one."""
    box = _box(run.bounds, seen.height, COPIER)
    ground = seen.drawn(COPIER)[1].crop(box)
    ground.putalpha(seen.shapes.crop(box).point(ONE_BIT))
    found: Any = ground.getcolors(ground.width * ground.height)
    letters = [(many, (red, green, blue)) for many, (red, green, blue, alpha) in found if alpha]
    poor = [(many, one) for many, one in letters if contrast(run.colour, one) < wanted]
    if letters and sum(many for many, _ in poor) <= LOST * sum(many for many, _ in letters):
        return None
    below: list[Colour] = [one for _, one in poor] or [one[:3] for _, one in found]
    return min(below, key=lambda one: contrast(run.colour, one))


def _is_inside(bounds: Bounds, outer: Bounds) -> bool:
    across, up = (bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2
    return outer[0] <= across <= outer[2] and outer[1] <= up <= outer[3]


def _is_lost(seen: Seen, bounds: Bounds) -> bool:
    """Tell whether one bit loses a letter; where a thin stroke falls between two dots, finer dots decide."""
    for dots in (COPIER, FINE):
        full, ground = seen.grey(dots)
        box = _box(bounds, seen.height, dots)
        if _kept(full.crop(box), ground.crop(box)) >= KEPT:
            return False
    return True


def _kept(full: Image.Image, ground: Image.Image) -> float:
    """Return which share of the ink of letters is left in one bit."""
    histogram = ImageChops.difference(full, ground).histogram()
    strongest = max((step for step, many in enumerate(histogram) if many), default=0)
    if not strongest:
        return 0.0
    ink = sum(step * many for step, many in enumerate(histogram)) / strongest
    return ImageChops.difference(_one_bit(full), _one_bit(ground)).histogram()[255] / ink


def _on_its_like(run: Run, ground: Image.Image) -> bool:
    """Tell whether part of a run stands on what one bit makes of its own colour."""
    is_ink = Image.new("RGB", (1, 1), run.colour).convert("L").getpixel((0, 0)) < INK  # type: ignore[operator]
    return _share(ground, range(INK) if is_ink else range(INK, 256)) > STRAY


def _one_bit(picture: Image.Image) -> Image.Image:
    return picture.point(ONE_BIT)


def _share(picture: Image.Image, values: range) -> float:
    histogram = picture.histogram()
    return sum(histogram[values.start : values.stop]) / sum(histogram)


def _box(bounds: Bounds, height: float, dots: int) -> Box:
    scale = dots / 72
    left, bottom, right, top = bounds
    return int(left * scale), int((height - top) * scale), int(right * scale) + 1, int((height - bottom) * scale) + 1


def _hex(colour: Colour) -> str:
    return "#{:02X}{:02X}{:02X}".format(*colour)
