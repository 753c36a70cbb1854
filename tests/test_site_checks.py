"""The checks on a built tree, each with one faulty page."""

import pytest

from site_builder.site_checks import check_site, read_site

GOOD = '<html lang="th"><div class="draft">ร่าง</div><main><h2 id="a">ก</h2>{}</main></html>'


def problems(folder, body, page=GOOD):
    (folder / "index.html").write_text(page.replace("{}", body), "utf-8")
    return [p.message for p in check_site(folder, read_site(folder), outside=lambda path: path == "/status")]


def test_a_sound_page_has_no_problem(tmp_path):
    assert problems(tmp_path, '<a href="#a">ก</a> <a href="/status?x=1">ส</a> <a href="tel:1506">โทร</a>') == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('<a href="/x/">ข</a>', "ลิงก์ /x/ ไม่มีหน้านี้"),
        ('<img src="/x.svg">', "ลิงก์ /x.svg ไม่มีหน้านี้"),
        ('<form action="/nowhere/"></form>', "ลิงก์ /nowhere/ ไม่มีหน้านี้"),
        ('<a href="/#b">ข</a>', "ไม่มีจุด #b"),
        ('<p id="a">ข</p>', "ใช้ id ซ้ำ: a"),
        ("<h3>ข</h3>", "ไม่มี id"),
        ('<h3 id="_1">ข</h3>', "ไม่มี id"),
        ("[[fact.id]]", "[[fact.id]]"),
        ("{% if %}", "{% if %}"),
        ('<p style="x">ข</p>', "<p style=…>"),
        ('<p onclick="x">ข</p>', "<p onclick=…>"),
        ("<script>x()</script>", "<script>"),
        ("<style>p { color: red }</style>", "<style>"),
        ('<a href="https://example.com/">ข</a>', "https://example.com/"),
        ('<img src="data:image/png;base64,AA">', "data:"),
        ('<a href="javascript:x()">ข</a>', "javascript:"),
        ('<button formaction="//example.com/x">ข</button>', "example.com"),
        ('<iframe srcdoc="ข"></iframe>', "<iframe>"),
        ('<base href="/x/">', "<base>"),
    ],
)
def test_a_fault_is_told(tmp_path, body, told):
    assert any(told in message for message in problems(tmp_path, body))


def test_a_page_without_the_draft_notice_is_told(tmp_path):
    assert any("แถบบอกว่าเป็นร่าง" in m for m in problems(tmp_path, "", '<html lang="th"><main>ก</main></html>'))


def test_a_host_of_others_in_a_stylesheet_is_told(tmp_path):
    (tmp_path / "x.css").write_text("a { background: url(//fonts.example.com/x) }", "utf-8")

    assert any("fonts.example.com" in message for message in problems(tmp_path, ""))


def test_a_letter_outside_the_typeface_is_told_wherever_it_is_drawn(tmp_path):
    page = GOOD.replace("{}", "<nav>漢</nav><svg><title>字</title></svg><h2 id='b'>ข</h2>")
    (tmp_path / "index.html").write_text(page, "utf-8")

    found = check_site(tmp_path, read_site(tmp_path), outside=lambda path: False, drawn="กขร่าง ")

    assert [p.message.partition(" ")[0] for p in found] == ["“漢”"]


def test_words_are_read_without_badges_and_without_breaks_inside_words(tmp_path):
    body = '<p>มี<span class="n">กองทุน</span>ช่วย<a class="src" href="#a">ที่มา</a></p><p>ต่อ</p>'
    (tmp_path / "index.html").write_text(GOOD.replace("{}", body), "utf-8")

    assert read_site(tmp_path)["/"].text == "ก มีกองทุนช่วย ต่อ"
