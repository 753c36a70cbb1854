"""The edition for a print shop: inks, room to cut, marks, and what a shop's own tools see in it."""

import base64
import re
import struct
import subprocess
from dataclasses import replace
from functools import partial
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from PIL import Image, ImageChops, ImageFilter, ImageStat

from site_builder.cli import main
from site_builder.press import bleed, gates, ink, plates, render, shop
from site_builder.press.products import registration, steps_card
from site_builder.press.run import press_leaflets
from site_builder.templates import TEMPLATES
from tests.press.changes import with_words

PAPERS = {"registration-shop": (297, 210), "steps_card-shop": (148, 210)}
HEX = re.compile(r"#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})\b")
DOTS = 150

pressed = partial(press_leaflets, say=lambda line: None, products=[registration.PRODUCT, steps_card.PRODUCT])


@pytest.fixture(scope="module")
def printed(content, tmp_path_factory):
    """The country's leaflet and card in colour and for a print shop; printing them runs every gate on each."""
    paths = pressed(content, tmp_path_factory.mktemp("shop"), [], editions=["colour", "shop"])
    return {path.stem: path for path in paths}


@pytest.fixture(scope="module", params=PAPERS)
def sheet(printed, request):
    return printed[request.param]


def separations(path: Path, folder: Path, resolution: int = DOTS) -> list[tuple[Image.Image, ...]]:
    """The plates of each page as poppler makes them, overprint and all: 255 is all of an ink."""
    command = ["pdftoppm", "-r", str(resolution), "-jpegcmyk", "-overprint", path, folder / "plate"]
    subprocess.run(command, check=True, capture_output=True)
    return [Image.open(file).split() for file in sorted(folder.glob("plate*.jpg"))]


def operators(path: Path) -> set[str]:
    with pikepdf.open(path) as file:
        streams = [each for each in file.objects if isinstance(each, pikepdf.Stream)]
        owners = [*(page.obj for page in file.pages), *(each for each in streams if each.get("/Subtype") == "/Form")]
        owners += [each for each in streams if "/PatternType" in each]
        return {str(operator) for owner in owners for _, operator in pikepdf.parse_content_stream(owner)}


def text(path: Path) -> str:
    return gates.folded("".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(path)))


def test_it_is_offered_for_the_country_and_made_for_a_province_on_demand(content, printed, tmp_path):
    assert sorted(printed) == ["registration", "registration-shop", "steps_card", "steps_card-2up", "steps_card-shop"]
    assert [path.stem for path in pressed(content, tmp_path, ["10"]) if "shop" in path.stem] == []
    files = pressed(content, tmp_path, ["10", "14"], editions=["shop"])
    wanted = [f"{name}-{code}-shop" for name in ("registration", "steps_card") for code in ("10", "14")]
    assert [path.stem for path in files] == wanted


def test_the_boxes_say_where_it_is_cut_and_how_far_its_grounds_reach(sheet):
    width, height = PAPERS[sheet.stem]
    with pikepdf.open(sheet) as file:
        for page in file.pages:
            for box, around in (("/MediaBox", 10), ("/BleedBox", 3), ("/TrimBox", 0)):
                found = [float(each) * 25.4 / 72 for each in page.obj[box]]
                wanted = [10 - around, 10 - around, 10 + width + around, 10 + height + around]
                assert found == pytest.approx(wanted, abs=0.02)


def test_grounds_reach_to_the_end_of_the_bleed_and_not_beyond(printed):
    """Seen at 150 dpi: mango along three edges of the card, and all four stall heads along the top of the leaflet."""
    card = pypdfium2.PdfDocument(printed["steps_card-shop"])[0].render(scale=DOTS / 72).to_pil().convert("RGB")
    mango = card.getpixel((card.width // 2, dots(12)))
    for at in (dots(7.3), card.width - dots(7.3)):
        assert {card.getpixel((at, y)) for y in range(dots(7.3), card.height - dots(7.3))} == {mango}
    for at in (dots(7.3), card.height - dots(7.3)):
        assert {card.getpixel((x, at)) for x in range(dots(7.3), card.width - dots(7.3))} == {mango}
    assert {card.getpixel((dots(6.7), y)) for y in range(dots(12), card.height - dots(12))} == {(255, 255, 255)}


def test_what_stands_at_the_cut_goes_on_into_the_bleed_without_a_gap(printed):
    for page in pypdfium2.PdfDocument(printed["registration-shop"]):
        picture = page.render(scale=DOTS / 72).to_pil().convert("RGB")
        inside, outside = picture.crop(column(10.2, picture)), picture.crop(column(8, picture))
        step = ImageChops.difference(inside, outside).convert("L").histogram()
        assert sum(step[64:]) / sum(step) < 0.01


def dots(mm: float) -> int:
    return round(mm / 25.4 * DOTS)


def column(mm: float, picture: Image.Image) -> tuple[int, int, int, int]:
    return dots(mm), dots(10), dots(mm) + 1, picture.height - dots(10)


def test_there_are_marks_for_cuts_and_folds_and_none_of_them_in_the_bleed(printed):
    picture = pypdfium2.PdfDocument(printed["registration-shop"])[0].render(scale=300 / 72).to_pil().convert("L")
    mm = 300 / 25.4
    row = [picture.getpixel((x, round(3.1 * mm))) < 200 for x in range(picture.width)]
    marks = [x / mm for x in range(1, len(row)) if row[x] and not row[x - 1]]

    assert marks == pytest.approx([10, 107, 207, 307], abs=0.2)
    assert {picture.getpixel((x, round(6.5 * mm))) for x in range(picture.width)} == {255}


def test_nothing_in_it_is_coloured_without_process_inks(sheet):
    assert operators(sheet) & {"rg", "RG", "g", "G", "sc", "SC", "sh"} == set()
    with pikepdf.open(sheet) as file:
        told = " ".join(repr(each) for each in file.objects)
    assert [name for name in ("DeviceRGB", "CalRGB", "ICCBased", "/Lab", "/Image") if name in told] == []


def test_a_shops_renderer_finds_no_more_ink_than_paper_takes(sheet, tmp_path):
    for cyan, magenta, yellow, black in separations(sheet, tmp_path):
        half = ImageChops.add(cyan, magenta, scale=2), ImageChops.add(yellow, black, scale=2)
        surfaces = ImageChops.add(*half, scale=2).filter(ImageFilter.MinFilter(3))  # JPEG makes rings around letters
        assert surfaces.getextrema()[1] * 400 / 255 <= ink.MOST_INK


def test_our_plates_are_those_of_a_shops_renderer(printed, tmp_path):
    """Poppler smooths no edges of plates: it takes fine dots to agree."""
    card = printed["steps_card-shop"]
    [theirs], [ours] = separations(card, tmp_path, 600), plates.plates(card.read_bytes(), DOTS)

    shares = [100 * ImageStat.Stat(plate).mean[0] / 255 for plate in theirs]
    assert shares == pytest.approx([100 - 100 * ImageStat.Stat(plate).mean[0] / 255 for plate in ours], abs=0.3)


def test_letters_and_codes_in_black_are_on_the_black_plate_alone(printed):
    """The codes stand on white; the letters print over mango, which goes on below them."""
    page, _ = plates.plates(printed["registration-shop"].read_bytes(), DOTS)
    code = (dots(119), dots(83), dots(149), dots(114))
    assert [plate.crop(code).getextrema() for plate in page] == [(255, 255), (255, 255), (255, 255), (0, 255)]

    title = (dots(214), dots(34), dots(280), dots(47))
    assert page[3].crop(title).getextrema() == (0, 255)
    assert page[1].crop(title).getextrema() == pytest.approx((255 * 0.7, 255 * 0.7), abs=1)  # no hole in mango


def test_it_says_what_the_sheet_in_colour_says_and_its_codes_are_read(content, printed):
    for name in PAPERS:
        assert text(printed[name]) == text(printed[name.removesuffix("-shop")])
    [page, _] = pypdfium2.PdfDocument(printed["registration-shop"])
    assert list(gates._codes(page)) == ["http://127.0.0.1:8000/q/#registration-1"]


def test_it_claims_nothing_and_has_no_links(sheet):
    with pikepdf.open(sheet) as file:
        assert set(file.Root) == {"/Type", "/Pages", "/Lang", "/ViewerPreferences", "/Metadata"}
        assert b"PDF/X" not in file.Root.Metadata.read_bytes()
        assert all("/Annots" not in page.obj for page in file.pages)
        assert file.docinfo["/Trapped"] == "/False"
        assert "แ" in str(file.docinfo["/Title"]) or "ก" in str(file.docinfo["/Title"])


def profile(space: bytes = b"CMYK", device: bytes = b"prtr") -> bytes:
    """The head of an ICC profile and nothing else: a real one is a shop's, and none may lie here."""
    head = bytearray(132)
    head[0:4], head[12:16], head[16:20], head[20:24] = struct.pack(">I", 132), device, space, b"Lab "
    head[36:40] = b"acsp"
    return bytes(head)


def test_the_profile_of_a_shop_becomes_the_output_intent(content, tmp_path):
    (tmp_path / "press.icc").write_bytes(profile())
    intent = shop.Intent.read(tmp_path / "press.icc")

    card = partial(press_leaflets, content, tmp_path, [], say=lambda line: None, products=[steps_card.PRODUCT])
    [path] = card(editions=["shop"], intent=intent)

    with pikepdf.open(path) as file:
        [told] = file.Root.OutputIntents
        assert told.S == "/GTS_PDFX"
        assert told.DestOutputProfile.read_bytes() == profile()
        assert told.DestOutputProfile.N == 4
    [again] = card(editions=["shop"])  # another intent is another file
    with pikepdf.open(again) as file:
        assert "/OutputIntents" not in file.Root


@pytest.mark.parametrize("data", [b"", b"not a profile", profile(space=b"RGB "), profile(device=b"mntr")])
def test_a_file_that_is_no_profile_of_a_press_stops_it_in_one_line_of_thai(tmp_path, capsys, data):
    (tmp_path / "other.icc").write_bytes(data)

    code = main(
        ["leaflets", "--edition", "shop", "--output-intent", str(tmp_path / "other.icc"), "--out", str(tmp_path)]
    )

    first, count = capsys.readouterr().err.splitlines()
    assert code == 1
    assert "ใช้ไฟล์นี้ไม่ได้ ขอไฟล์ ICC แบบ CMYK จากโรงพิมพ์" in first
    assert count.startswith("พบ 1 จุด")
    assert not (tmp_path / "leaflets").exists()


def test_every_mix_is_one_that_paper_takes_and_each_colour_of_the_press_has_one():
    assert [name for name, mix in ink.MIXES.items() if sum(mix) > ink.MOST_INK] == []
    used = set()
    for file in (TEMPLATES / "assets/svg").glob("*.svg"):
        used |= {long(each) for each in HEX.findall(file.read_text("utf-8"))} if "night" not in file.stem else set()
    for file in (TEMPLATES / "leaflets").glob("*.css"):
        used |= {long(each) for each in HEX.findall(file.read_text("utf-8")) if len(each) in (4, 7)}
    assert sorted(used - set(ink.MIXES)) == []


def long(colour: str) -> str:
    return (colour if len(colour) == 7 else "#" + "".join(2 * each for each in colour[1:])).upper()


GRADIENT = base64.b64encode(
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><linearGradient id="g"><stop stop-color="#FFF"/>'
    b'<stop offset="1" stop-color="#221912"/></linearGradient><rect width="9" height="9" fill="url(#g)"/></svg>'
).decode()


def one_page(body: str) -> bytes:
    style = "<style>@page { size: 100mm 60mm; margin: 10mm } body { font: 12pt Sarabun }</style>"
    html = f'<html lang="th"><title>หน้า</title>{style}<body><h1>หน้า</h1>{body}</body></html>'
    return render.print_html(html, str(Path(__file__).parent)).pdf


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        ('<p style="color: #123456">ข</p>', "the colour #123456: give it a mix of inks in press/ink.py"),
        ('<p style="opacity: .5">ข</p>', "something that lets shine through"),
        ('<p style="background: rgb(34 25 18 / 50%)">ข</p>', "something that lets shine through"),
        ('<p style="background: linear-gradient(#221912, #FFF)">ข</p>', "“sh”: a way of colouring"),
        (f'<img alt="x" width="99" src="data:image/svg+xml;base64,{GRADIENT}">', "“sh”: a way of colouring"),
        ('<img alt="x" src="data:image/png;base64,{}">', "a picture of pixels"),
    ],
)
def test_a_colour_without_a_mix_glass_gradients_and_pixels_stop_it(body, fault, tmp_path):
    Image.new("RGB", (2, 2), "red").save(tmp_path / "red.png")
    red = base64.b64encode((tmp_path / "red.png").read_bytes()).decode()

    _, found = shop.pressed(one_page(body.replace("{}", red)), (100, 60), (), (), None)

    assert any(line.startswith(f"for a print shop: {fault}") for line in found)


def test_letters_where_a_knife_may_come_are_named():
    body = '<p style="position: absolute; left: -8.5mm; top: 20mm">ขึ้น</p>'

    _, found = shop.pressed(one_page(body), (100, 60), (), (), None)

    assert [line for line in found if "“ขึ้น” stands" in line and "mm from the edge" in line]


def test_a_fault_of_the_shop_edition_stops_it_and_leaves_no_file(content, tmp_path):
    wide = with_words(content, "flap.rider.name", "M" * 20)

    with pytest.raises(render.PressErrors):
        pressed(wide, tmp_path, [], products=[registration.PRODUCT], editions=["shop"])

    assert list(tmp_path.glob("*.pdf")) == []


def test_how_much_ink_a_file_takes_is_told_for_every_edition(printed, capsys):
    assert main(["ink", str(printed["steps_card"]), str(printed["steps_card-shop"])]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == ["steps_card.pdf", "steps_card-shop.pdf"]
    for line in lines[:2]:
        assert re.search(r"cyan [\d.]+ % · magenta [\d.]+ % · yellow [\d.]+ % · black [\d.]+ %", line)


def test_what_is_no_printed_file_has_no_ink_to_tell_of(tmp_path, capsys):
    (tmp_path / "words.pdf").write_text("words")

    assert main(["ink", str(tmp_path / "words.pdf")]) == 1
    assert "this is no PDF" in capsys.readouterr().err


def test_the_bleed_is_made_for_any_product_by_one_word(content, tmp_path):
    """`shop` among the editions of prints.yml is all that it takes."""
    prints = tuple(replace(each, editions=("colour", "bw")) for each in content.prints)

    without = pressed(replace(content, prints=prints), tmp_path, [])

    assert [path.stem for path in without if "shop" in path.stem] == []
    assert bleed.BLEED == 3
