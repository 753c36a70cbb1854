"""security.txt (RFC 9116): only from what an office has filled in, and never past its day."""

import shutil
from dataclasses import replace
from datetime import date

import pytest
import yaml

from site_builder.content import CONTENT, read_content
from site_builder.security_txt import PLACE, security_notices, security_txt, write_security_txt

TODAY = date(2026, 12, 1)


def filled(content, **values):
    """Return the content with these settings filled in."""
    new = {key: replace(content.settings[key], value=value) for key, value in values.items()}
    return replace(content, settings={**content.settings, **new})


def test_without_a_contact_there_is_no_file_and_the_build_says_so(content, tmp_path):
    assert write_security_txt(content, tmp_path, TODAY) is None
    assert list(tmp_path.iterdir()) == []
    assert ["security_contact" in notice for notice in security_notices(content, TODAY)] == [True]


def test_a_contact_is_published_with_its_day_in_thai_time_and_the_sites_own_address(content, tmp_path):
    ready = filled(
        content,
        security_contact="mailto:security@example.go.th",
        security_expires="2027-11-30",
        site_url="https://example.go.th/",
    )

    target = write_security_txt(ready, tmp_path, TODAY)

    assert target == tmp_path / PLACE
    assert target.read_text("utf-8") == (
        "Contact: mailto:security@example.go.th\n"
        "Expires: 2027-11-30T23:59:59+07:00\n"
        "Preferred-Languages: th, en\n"
        "Canonical: https://example.go.th/.well-known/security.txt\n"
    )
    assert list(security_notices(ready, TODAY)) == []


@pytest.mark.parametrize(
    ("until", "published", "told"), [("2026-11-30", False, "ผ่านไปแล้ว"), ("2028-12-01", True, "1 ปี")]
)
def test_a_day_that_has_passed_leaves_the_file_out_and_one_too_far_off_is_told(content, until, published, told):
    ready = filled(content, security_contact="tel:1506", security_expires=until)

    assert bool(security_txt(ready, TODAY)) is published
    assert [told in notice for notice in security_notices(ready, TODAY)] == [True]


@pytest.mark.parametrize(
    ("contact", "until", "told"),
    [
        ("security@example.go.th", "2027-01-01", "ขึ้นต้นด้วย mailto:"),
        ("mailto:a@example.go.th\nExpires: never", "2027-01-01", "ไม่มีช่องว่าง"),
        ("tel:1506", "", "security_expires"),
        ("tel:1506", "1 ม.ค. 2570", "security_expires"),
        ("", "ปีหน้า", "security_expires"),
    ],
)
def test_a_contact_that_no_machine_could_follow_is_told_to_the_editor(tmp_path, contact, until, told):
    tree = shutil.copytree(CONTENT, tmp_path / "content")
    path = tree / "data/settings.yml"
    settings = yaml.safe_load(path.read_text("utf-8"))
    settings["security_contact"]["value"], settings["security_expires"]["value"] = contact, until
    path.write_text(yaml.safe_dump(settings, allow_unicode=True), "utf-8")

    messages = [problem.message for problem in read_content(tree)[1]]

    assert [message for message in messages if told in message and "security_" in message]
