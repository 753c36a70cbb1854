"""What has not changed is not printed again, and nothing that is out of date stays."""

from dataclasses import replace
from functools import partial

import pytest

from site_builder.press.manifest import NAME
from site_builder.press.products import registration, steps_card
from site_builder.press.render import PressErrors
from site_builder.press.run import Press, press_leaflets
from tests.press.changes import with_words

PROVINCES = ["10", "50", "55"]


@pytest.fixture
def said():
    return []


@pytest.fixture
def press(tmp_path, said):
    return partial(
        press_leaflets,
        out=tmp_path,
        provinces=PROVINCES,
        say=said.append,
        products=[registration.PRODUCT],
        editions=["bw"],
    )


def changed(tmp_path, before):
    return sorted(path.stem for path in tmp_path.glob("*.pdf") if before.get(path.name) != path.stat().st_ino)


def files(tmp_path):
    return {path.name: path.stat().st_ino for path in tmp_path.glob("*.pdf")}


def test_the_second_time_nothing_is_printed_and_all_files_are_named(content, press, said, tmp_path):
    first = press(content)
    before = files(tmp_path)

    assert press(content) == first
    assert changed(tmp_path, before) == []
    assert "leaflets: 3 of 3 unchanged" in said


def test_the_telephone_of_one_office_changes_the_sheets_of_its_province_only(content, press, tmp_path):
    press(content)
    before = files(tmp_path)
    office = replace(content.province("55").office, phone="0540000000", address="ศาลากลางจังหวัดน่าน")
    provinces = tuple(replace(each, office=office) if each.code == "55" else each for each in content.provinces)

    press(replace(content, provinces=provinces))

    assert changed(tmp_path, before) == ["registration-55-bw"]


def test_the_telephone_of_an_office_changes_no_sheet_on_which_it_does_not_stand(content, tmp_path):
    silent = content.province("55")
    told = replace(silent, office=replace(silent.office, phone="0540000000"))
    press = Press(content, tmp_path)

    def made_of(product, place):
        return [press.inputs(sheet) for sheet in product.sheets(content, [place])]

    assert made_of(steps_card.PRODUCT, told) == made_of(steps_card.PRODUCT, silent)
    assert made_of(registration.PRODUCT, told) != made_of(registration.PRODUCT, silent)


def test_words_that_all_share_change_all(content, press, tmp_path):
    press(content)
    before = files(tmp_path)

    press(with_words(content, "flap.lead", "คนทำงานของตัวเอง ไม่มีนายจ้าง"))

    assert len(changed(tmp_path, before)) == 3


def test_a_file_that_was_deleted_or_cut_short_is_printed_again(content, press, tmp_path):
    first, second, _ = press(content)
    whole = first.read_bytes()
    first.write_bytes(whole[:100])
    second.unlink()

    press(content)

    assert first.read_bytes() == whole
    assert second.exists()


def test_a_sheet_that_no_longer_fits_is_not_left_as_it_was(content, press, tmp_path):
    press(content)

    with pytest.raises(PressErrors):
        press(with_words(content, "back.source", "ขึ้นทะเบียนแรงงานอิสระ ในแอปมือถือ " * 8))

    assert list(tmp_path.glob("*.pdf")) == []


def test_a_manifest_that_cannot_be_read_means_that_nothing_is_known(content, press, said, tmp_path):
    press(content)
    (tmp_path / NAME).write_text("{", "utf-8")

    press(content)

    assert not any("unchanged" in line for line in said)
