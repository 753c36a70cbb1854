"""The build command, as an editor meets it."""

import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from site_builder import cli
from site_builder.content import CONTENT

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.xdist_group("build")  # one process builds the spoilt tree, for all that is asked of it
LONG = "ร่างเขียนเรื่องงาน ฝึกอาชีพ ความปลอดภัย และเรื่องอื่นที่ยาวเกินช่องนี้ " * 4
FAR_AWAY = "เลี้ยวซ้ายตรงต้นไม้ใหญ่หลังตลาดเช้า แล้วเดินต่อไปจนถึงประตูที่สาม " * 6


@pytest.fixture(scope="module")
def spoilt_build(tmp_path_factory):
    """Return the result of building a content tree with one mistake of each kind, and the folder built into."""
    folder = tmp_path_factory.mktemp("spoilt")
    tree = Path(shutil.copytree(CONTENT, folder / "content"))
    change(tree / "glossary.md", "title:", lambda line: "")
    change(tree / "benefits/3-work.md", "leaflet:", lambda line: "leaflet: ช่วยเรื่องงาน 漢 ฝึกอาชีพ")
    change(tree / "measures/k2-benefits.md", "card:", lambda line: f"card: {LONG}")
    change(tree / "data/offices.csv", "55,", lambda line: f"55,สำนักงานแรงงานจังหวัดน่าน,{FAR_AWAY},,,,,2026-11-01,")
    with (tree / "faq.md").open("a", encoding="utf-8") as file:
        file.write("\nอ้าง [[no.such.fact]] และ [ลิงก์](/nowhere/)\n")
    command = [
        sys.executable,
        "-m",
        "site_builder.cli",
        "build",
        "--content",
        str(tree),
        "--out",
        str(folder / "build"),
    ]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    return result, folder / "build"


def run(*arguments):
    """Run a command as somebody does; return what it did and the seconds of work that it took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "site_builder.cli", *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return result, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_one_leaflet_is_one_file_and_takes_hardly_more_than_to_print_it(tmp_path):
    only = ("--province", "50", "--product", "registration", "--edition", "bw")

    result, work = run("leaflets", *only, "--out", str(tmp_path))

    made = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert made == ["leaflets/manifest.json", "leaflets/registration-50-bw.pdf", "site/leaflets/registration-50-bw.pdf"]
    assert "pressed 1 leaflets" in result.stdout
    assert work < 5  # 1.7 measured, of which 0.7 are WeasyPrint's layout and painting


def test_sheets_to_look_at_are_drawn_when_they_are_asked_for(tmp_path):
    only = ("--province", "10", "--province", "14", "--product", "steps_card", "--edition", "colour")

    result, _ = run("leaflets", *only, "--contact-sheet", "--out", str(tmp_path))

    assert [path.name for path in (tmp_path / "press").iterdir()] == ["contact-sheet-steps_card-colour.pdf"]
    assert "to look at:" in result.stdout
    assert not list(tmp_path.rglob("*.zip"))


def change(path, start, new):
    lines = path.read_text("utf-8").splitlines()
    assert any(line.startswith(start) for line in lines)
    path.write_text("\n".join(new(line) if line.startswith(start) else line for line in lines) + "\n", "utf-8")


def test_what_a_faulty_content_breaks_further_on_does_not_hide_what_was_found(tmp_path, capsys):
    tree = Path(shutil.copytree(CONTENT, tmp_path / "content"))
    change(tree / "data/phrases.yml", "site_name:", lambda line: "")
    (tree / "leaflets/registration.yml").unlink()

    assert cli.main(["build", "--content", str(tree), "--out", str(tmp_path / "build")]) == 1

    told = capsys.readouterr().err
    assert "content/data/phrases.yml: ขาดประโยค site_name" in told
    assert "content/leaflets/registration.yml: this file is missing" in told


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("content/glossary.md:2", "ขาด title"),
        ("content/faq.md:", "ไม่รู้จัก [[no.such.fact]]"),
        ("content/faq.md:", "ลิงก์ /nowhere/ ไม่มีหน้านี้"),
        ("content/benefits/3-work.md", "“漢” (U+6F22) ไม่มีในตัวพิมพ์ Sarabun"),
        ("content/measures/", "all 78: panel measures, ก2:"),
        ("leaflets/registration-55", "mm too long (see content/data/offices.csv, 55)"),
    ],
)
def test_each_mistake_of_an_editor_is_one_line_that_names_the_place_and_all_come_at_once(spoilt_build, place, message):
    result, _ = spoilt_build

    assert result.returncode == 1
    assert sum(line.startswith(place) and message in line for line in result.stderr.splitlines()) == 1


def test_there_is_no_line_beyond_the_mistakes_and_their_count(spoilt_build):
    result, _ = spoilt_build
    *problems, count = result.stderr.splitlines()

    assert count.startswith(f"พบ {len(problems)} จุด")
    odd = "leaflets/benefits_poster"  # where the letter that the typeface lacks stands, the lines move
    spoilt = ("content/glossary.md", "content/faq.md", "content/benefits/", "content/measures/", "-55: ", odd)
    assert [line for line in problems if not any(place in line for place in spoilt)] == []


def test_a_failed_build_leaves_nothing_that_could_be_published(spoilt_build):
    _, build = spoilt_build

    assert not (build / "site").exists()
    assert not (build / "fresh").exists()
