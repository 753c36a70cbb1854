"""Faults that were put into real copies of content, typeface, drawings and machine: each is one line, and no file."""

import csv
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import fontpkg
import pytest

from site_builder.content import CONTENT
from site_builder.press import render

ROOT = Path(__file__).resolve().parents[2]
OFFICES = "data/offices.csv"
WORDS_700 = "ถนนสุมนเทวราช ตำบลในเวียง " * 350
HIDDEN = "/usr/share/libthai"
NO_MOUNTS = bool(subprocess.run(["unshare", "-rm", "true"], check=False, capture_output=True).returncode)

Change = Callable[[Path], None]


def leaflets(
    folder: Path, *options: str, root: Path = ROOT, before: Sequence[str] = (), env: Mapping[str, str] | None = None
) -> tuple[int, list[str]]:
    """Print the leaflet of Nan from the content in a folder by the real command; no file may be left."""
    command = [sys.executable, "-m", "site_builder.cli", "leaflets", "--province", "55", "--product", "registration"]
    command += ["--edition", "bw", "--content", str(folder / "content"), "--out", str(folder / "build"), *options]
    run = subprocess.run(
        [*before, *command], capture_output=True, text=True, check=False, cwd=root, env={**os.environ, **(env or {})}
    )
    assert list((folder / "build").rglob("*.pdf")) == []
    return run.returncode, run.stderr.splitlines()


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    shutil.copytree(CONTENT, tmp_path / "content")
    return tmp_path


def office(**cells: str) -> Change:
    """Fill in cells of the row of Nan."""

    def change(content: Path) -> None:
        rows = list(csv.DictReader(io.StringIO((content / OFFICES).read_text("utf-8"))))
        for row in rows:
            row.update(cells if row["province_code"] == "55" else {})
        written = io.StringIO()
        table = csv.DictWriter(written, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        (content / OFFICES).write_text(written.getvalue(), "utf-8")

    return change


def words(file: str, old: str, new: str) -> Change:
    def change(content: Path) -> None:
        text = (content / file).read_text("utf-8")
        assert text.count(old) == 1
        (content / file).write_text(text.replace(old, new), "utf-8")

    return change


FLAP_LEAD = "lead: คนทำอาชีพของตัวเอง ไม่มีนายจ้าง"


@pytest.mark.parametrize(
    ("change", "place", "message"),
    [
        pytest.param(
            office(address_th=WORDS_700, verified_on="2026-11-01"),
            "content/data/offices.csv:45",
            "ตัดให้เหลือไม่เกิน 500",
            id="an address of 700 words",
        ),
        pytest.param(
            office(address_th=WORDS_700[:480], verified_on="2026-11-01"),
            "leaflets/registration-55",
            "mm too long (see content/data/offices.csv, 55) ข้อความยาวเกินช่อง ตัดให้สั้นลง",
            id="an address a little too long",
        ),
        pytest.param(
            office(office_name_th="สำนักงานแรงงานจังหวัดน่าน 🏢"),
            "content/data/offices.csv (55)",
            "“🏢” (U+1F3E2) ไม่มีในตัวพิมพ์ Sarabun ใช้ตัวอื่นแทน",
            id="an emoji in the name of an office",
        ),
        pytest.param(
            office(office_name_th="สำนักงานแรงงานจังหวัดน่าน 👩‍🌾❤️"),
            "content/data/offices.csv (55)",
            "“👩” (U+1F469) “🌾” (U+1F33E) “❤” (U+2764) U+FE0F ไม่มีในตัวพิมพ์ Sarabun ใช้ตัวอื่นแทน",
            id="emoji of several characters",
        ),
        pytest.param(
            office(address_th="เลขที่ ๑๒๓/123 ศาลากลาง", verified_on="2026-11-01"),
            "content/data/offices.csv:45",
            "address_th มีเลขไทย ใช้ 0-9 ทั้งหมด: เลขที่ 123/123 ศาลากลาง",
            id="digits of both kinds in an address",
        ),
        pytest.param(
            words("leaflets/registration.yml", FLAP_LEAD, "lead: คนทำอาชีพของตัวเอง ๒ อย่าง"),
            "leaflets/registration-55",
            "เลขไทยปนกับ 0-9 ใช้แบบเดียวทั้งแผ่น",
            id="digits of both kinds in the words of a leaflet",
        ),
        pytest.param(
            words("leaflets/registration.yml", FLAP_LEAD, 'lead: "คนทำงาน เรียกว่าแรงงาน\\nอิสระ"'),
            "leaflets/registration-55",
            "“แรงงานอิสระ” is split over two lines",
            id="a term over two lines",
        ),
        pytest.param(
            words("leaflets/registration.yml", FLAP_LEAD, "lead: คนทำอาชีพ [[no.such.fact]]"),
            "content/leaflets/registration.yml",
            "ไม่รู้จัก [[no.such.fact]]",
            id="an unknown fact",
        ),
        pytest.param(
            words("leaflets/registration.yml", "icon: person-rider", "icon: person-nobody"),
            "leaflets/registration-55",
            "person-nobody.svg",
            id="a drawing that is not there",
        ),
    ],
)
def test_a_mistake_in_the_content_is_one_line_with_its_place_and_no_file(tree, change, place, message):
    change(tree / "content")

    code, lines = leaflets(tree)

    assert code == 1
    assert lines[0].startswith(place)
    assert message in lines[0]
    assert len(lines) == 2
    assert lines[1].startswith("พบ 1 จุด")


@pytest.fixture
def typeface(tmp_path: Path) -> Path:
    """A copy of the installed typeface that is found before it."""
    installed = Path(fontpkg.path("Sarabun", weight=400)).parent.parent
    for folder in (installed, *installed.parent.glob("fontpkg_sarabun-*.dist-info")):
        shutil.copytree(folder, tmp_path / "packages" / folder.name)
    return tmp_path / "packages"


def remove(file: Path) -> None:
    file.unlink()


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:1000])


@pytest.mark.parametrize("spoil", [remove, cut])
@pytest.mark.parametrize("weight", ["Regular", "Bold"])
def test_a_font_file_that_is_missing_or_broken_is_one_line(tree, typeface, spoil, weight):
    spoil(typeface / f"fontpkg_sarabun/files/Sarabun-{weight}.ttf")

    code, lines = leaflets(tree, env={"PYTHONPATH": str(typeface)})

    assert code == 1
    assert lines[0] == f"press: Sarabun-{weight}.ttf is missing or broken: reinstall fontpkg-sarabun"
    assert len(lines) == 2


@pytest.mark.skipif(NO_MOUNTS, reason="this machine lets nobody hide a folder")
def test_a_machine_without_the_thai_dictionary_is_one_line(tree):
    """The folder is hidden from this run alone, by a mount that nobody else sees."""
    hide = ["unshare", "-rm", "sh", "-c", f'mount -t tmpfs none {HIDDEN} && exec "$@"', "sh"]

    code, lines = leaflets(tree, before=hide)

    assert code == 1
    assert lines[0] == "press: libthai breaks no lines: install libthai-data"
    assert len(lines) == 2


def test_a_drawing_that_was_cut_short_is_named(tree):
    """The whole project is copied, since drawings are no content."""
    for folder in ("site_builder", "site_templates"):
        shutil.copytree(ROOT / folder, tree / folder, ignore=shutil.ignore_patterns("__pycache__"))
    drawing = tree / "site_templates/assets/svg/bw/person-rider.svg"
    drawing.write_text(drawing.read_text("utf-8")[:300], "utf-8")

    code, lines = leaflets(tree, root=tree)

    assert code == 1
    assert "person-rider.svg" in lines[0]
    assert len(lines) == 2


def test_a_row_higher_than_a_page_is_a_complaint_and_no_crash():
    """The engine itself stops at it, with an assertion."""
    style = (
        "@page { size: 60mm 40mm; margin: 5mm } h2 { break-before: page; break-after: avoid }"
        "table, tr { break-inside: avoid }"
        "tr:first-child { break-after: avoid } thead { display: table-row-group } p { break-before: avoid }"
    )
    row = f"<tr><td>{'ขึ้นทะเบียน<br>' * 60}</td></tr><tr><td>ข</td></tr>"
    table = f"<table><thead><tr><th>ข</th></tr></thead><tbody>{row}</tbody></table>"
    html = f'<html lang="th"><title>หน้า</title><style>{style}</style><h1>ก</h1><h2>ข</h2>{table}<p>ค</p></html>'

    assert render.lay_out(html, str(ROOT)).complaints == (render.TOO_HIGH,)
