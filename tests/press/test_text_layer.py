"""Text copied from a PDF is the text that was set, in order, in the two readers people use."""

import random
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pypdfium2
import pytest
from PIL import ImageFilter

from site_builder.press import render

TABLE = (
    "น้ำ ทำ กำหนด ต่ำ ค้ำ ซ้ำ ป้ำ ฝ่ำ ช้ำ จำ น้ำใจ ทำงาน กำหนดรหัสผ่าน สำนักงาน ขึ้น ขั้น ปั้น ขึ้นทะเบียน ป้า "
    "ฟ้า ฝ้าย ปี่ ฟื้น ญี่ปุ่น ฐุ ฎุ ฏู สิทธิ์ ปฏิบัติ หนึ่ง ที่อยู่ ศูนย์ สัปดาห์ คุ้มครอง ใช่ไหม กฎหมาย ล้ำ"
)
WORDS = tuple(TABLE.split())
ORDERS = {
    "ำ first": sorted(WORDS, key=lambda word: "ำ" not in word),
    "า first": sorted(WORDS, key=lambda word: "า" not in word),
    "backwards": list(WORDS[::-1]),
}
WEIGHTS = {"regular": 400, "semi-bold": 600, "bold": 700, "extra-bold": 800}


def sheet(words: Sequence[str], weight: int) -> bytes:
    """A sheet with each word twice: small, six to a line; big, three to a line."""
    small = "".join(f"<p>{' '.join(words[at : at + 6])}</p>" for at in range(0, len(words), 6))
    big = "".join(f"<h2>{' '.join(words[at : at + 3])}</h2>" for at in range(0, len(words), 3))
    style = (
        f"body {{ font: {weight} 14pt Sarabun }} h2 {{ font: {weight} 33pt/1.6 Sarabun }} * {{ white-space: nowrap }}"
    )
    html = f'<html lang="th"><title>คำ</title><style>{style}</style><body><h1>คำ</h1>{small}{big}</body></html>'
    printed = render.print_html(html, ".")
    assert printed.complaints == ()
    return printed.pdf


def by_pdfium(pdf: bytes) -> str:
    return " ".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def by_pdftotext(pdf: bytes, folder: Path) -> str:
    path = folder / "sheet.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("weight", WEIGHTS)
def test_each_word_is_read_back_exactly_and_in_order(weight, order, tmp_path):
    words = ORDERS[order]
    assert len(words) == 37

    pdf = sheet(words, WEIGHTS[weight])

    expected = ["คำ", *words, *words]
    assert by_pdfium(pdf).split() == expected
    assert by_pdftotext(pdf, tmp_path).split() == expected


def test_marks_stand_where_the_font_wants_them():
    """The moved glyphs draw what text rises and pen movements drew: the picture must not change."""
    pdf = sheet(WORDS, 700)
    finish, render.text_layer.finish = render.text_layer.finish, lambda document, file: None
    try:
        plain = sheet(WORDS, 700)
    finally:
        render.text_layer.finish = finish

    for page, original in zip(pypdfium2.PdfDocument(pdf), pypdfium2.PdfDocument(plain), strict=True):
        pictures = [each.render(scale=2, grayscale=True).to_pil() for each in (page, original)]
        for one, other in (pictures, pictures[::-1]):
            near = other.filter(ImageFilter.MinFilter(3))  # dark wherever a neighbour is
            strays = sum(a < 64 and b > 128 for a, b in zip(one.tobytes(), near.tobytes(), strict=True))
            assert strays < 0.001 * sum(grey < 64 for grey in one.tobytes())


def test_a_random_text_survives_in_every_weight(tmp_path):
    letters, marks, tones = "กขคชญฎฏฐดตทนบปผฝฟมยรลวสหอ", "ัิีึืุู", "่้๊๋์"
    dice = random.Random(2567)
    words = [
        dice.choice(letters) + dice.choice([*marks, ""]) + dice.choice([*tones, ""]) + dice.choice(["า", "ำ", "ง", "น"])
        for _ in range(200)
    ]
    words = [word for word in words if not (word[-1] == "ำ" and set(word) & set(marks + "์"))]

    for weight in WEIGHTS.values():
        pdf = sheet(words, weight)
        assert by_pdfium(pdf).split() == ["คำ", *words, *words]


def test_the_text_layer_is_proven_for_weasyprint_70_only():
    """It reads WeasyPrint's content streams: before another version is allowed, look at every test of this folder."""
    assert version("weasyprint").split(".")[0] == "70"
