"""What each print said when it got its version, and who is told when it says something else."""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from site_builder.cli import main
from site_builder.content import CONTENT, load_content
from site_builder.press import versions
from site_builder.press.products import PRODUCTS
from tests.press.changes import with_settings, with_words

NAMES = [product.name for product in PRODUCTS]


@pytest.fixture
def tree(tmp_path):
    """Return a copy of the content, to be edited."""
    return Path(shutil.copytree(CONTENT, tmp_path / "content"))


def told(content):
    return [str(problem) for problem in versions.changed(content)]


def changed_since(content, name):
    return f"{name}: its words changed since version {content.print(name).version}: run site-builder version {name}"


def edit(path, old, new):
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def lines_changed(before, after):
    return [new for old, new in zip(before.splitlines(), after.splitlines(), strict=True) if old != new]


def test_every_print_says_the_words_that_were_noted_with_its_version(content):
    assert told(content) == []
    assert sorted(content.recorded) == sorted(NAMES)


def test_a_changed_word_is_told_with_the_print_and_the_command(content):
    assert told(with_words(content, "flap.lead", "คนทำงานของตัวเอง")) == [changed_since(content, "registration")]


def test_words_that_several_prints_show_are_told_for_each_of_them(tree):
    edit(tree / "register/5-consent.md", "leaflet: อ่านข้อตกลง", "leaflet: อ่านให้จบ")

    named = {line.split(":")[0] for line in told(load_content(tree))}

    assert {"registration", "steps_card"} <= named


def test_addresses_contacts_and_the_version_itself_are_no_words(content):
    set_up = with_settings(
        content, site_url="https://a.example", app_store_url="https://b.example", google_play_url="https://c.example"
    )
    offices = tuple(replace(each, office=replace(each.office, phone="0540000000")) for each in content.provinces)
    later = tuple(replace(each, version=each.version + 1) for each in content.prints)
    noted = {name: replace(each, version=each.version + 1) for name, each in content.recorded.items()}

    assert told(set_up) == []
    assert told(replace(content, provinces=offices)) == []
    assert told(replace(content, prints=later, recorded=MappingProxyType(noted))) == []


def test_where_the_draft_stands_is_a_word(content):
    assert told(with_settings(content, law_status="สภาผู้แทนราษฎรกำลังพิจารณา", law_status_date="2026-11-20")) != []


def test_nothing_is_laid_out_to_find_it_out():
    code = (
        "import sys; from site_builder.content import load_content; from site_builder.press.versions import changed;"
        "changed(load_content()); print('weasyprint' in sys.modules)"
    )

    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert result.stdout.strip() == "False"


def test_a_new_version_changes_two_lines_of_its_print_and_is_noted(content, tree, capsys):
    prints, number = tree / versions.PRINTS, content.print("registration").version + 1
    before = prints.read_text("utf-8")
    edit(tree / "leaflets/registration.yml", "lead: คนทำอาชีพ", "lead: คนทำงาน")

    assert main(["version", "registration", "--date", "2099-01-15", "--content", str(tree)]) == 0

    assert lines_changed(before, prints.read_text("utf-8")) == [f"    version: {number}", "    date: 2099-01-15"]
    assert f"noted registration {number}" in capsys.readouterr().out
    assert told(load_content(tree)) == []
    assert load_content(tree).print("registration").anchor == f"registration-{number}"


def test_prints_that_were_never_noted_are_all_noted_at_once_and_the_others_stay(tree):
    noted = tree / versions.VERSIONS
    kept = [line for line in noted.read_text("utf-8").splitlines() if not line.startswith("steps_card")]
    noted.write_text("\n".join(kept) + "\n", "utf-8")
    edit(tree / "leaflets/registration.yml", "lead: คนทำอาชีพ", "lead: คนทำงาน")
    before = (tree / versions.PRINTS).read_text("utf-8")
    assert "steps_card: its words were never noted: run site-builder version --all-new" in told(load_content(tree))

    assert main(["version", "--all-new", "--content", str(tree)]) == 0

    assert [line.split(":")[0] for line in told(load_content(tree))] == ["registration"]
    assert set(kept) < set(noted.read_text("utf-8").splitlines())
    assert (tree / versions.PRINTS).read_text("utf-8") == before


def test_a_misprint_is_mended_without_a_new_version(tree):
    edit(tree / "leaflets/registration.yml", "lead: คนทำอาชีพ", "lead: คนทำงาน")
    before = (tree / versions.PRINTS).read_text("utf-8")

    assert main(["version", "registration", "--keep", "--content", str(tree)]) == 0

    assert told(load_content(tree)) == []
    assert (tree / versions.PRINTS).read_text("utf-8") == before


def test_a_version_raised_by_hand_alone_is_told_and_the_command_makes_it_whole(content, tree):
    first = content.prints[0]
    name, last = first.name, first.version
    text = (tree / versions.PRINTS).read_text("utf-8").replace(f"version: {last}", f"version: {last + 1}", 1)
    (tree / versions.PRINTS).write_text(text, "utf-8")
    assert told(load_content(tree)) == [
        f"{name}: data/prints.yml says version {last + 1}, data/versions.yml {last}: run site-builder version {name}"
    ]

    assert main(["version", name, "--content", str(tree)]) == 0

    assert told(load_content(tree)) == []
    assert load_content(tree).prints[0].version == last + 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["registration", "--date", "2026-01-01"], "registration: 2026-01-01 is before the day of its version now"),
        (["poster_of_nobody"], "poster_of_nobody: ไม่มีสิ่งพิมพ์นี้"),
        ([], "version: name the prints"),
    ],
)
def test_what_cannot_be_a_version_is_refused_and_nothing_is_written(tree, capsys, arguments, message):
    before = [(tree / name).read_text("utf-8") for name in (versions.PRINTS, versions.VERSIONS)]

    assert main(["version", *arguments, "--content", str(tree)]) == 1

    assert message in capsys.readouterr().err
    assert [(tree / name).read_text("utf-8") for name in (versions.PRINTS, versions.VERSIONS)] == before


def test_check_fails_on_changed_words_and_printing_only_says_so(content, tree, tmp_path, capsys):
    edit(tree / "leaflets/steps_card.yml", "line: ติดขัด โทรถามได้", "line: ติดตรงไหน โทรถาม")
    warning = changed_since(content, "steps_card")

    checked = main(["check", "--content", str(tree)])
    found = capsys.readouterr().err
    one_card = ["--product", "steps_card", "--edition", "bw", "--province", "10"]
    printed = main(["leaflets", *one_card, "--content", str(tree), "--out", str(tmp_path)])

    assert checked == 1
    assert warning in found.splitlines()
    assert printed == 0
    assert f"leaflets: {warning}" in capsys.readouterr().out.splitlines()
