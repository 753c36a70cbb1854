"""The built site: what stands on it, where each claim leads, and that nothing of others is in it."""

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from site_builder import site_checks
from site_builder.content import CONTENT, Content, load_content
from site_builder.layouts import Layouts
from site_builder.markdown import Prose
from site_builder.pages import site_pages
from site_builder.problems import ContentErrors
from site_builder.records import FOLDS, Finished, print_file
from site_builder.site import build_site
from site_builder.templates import environment
from tests.aged import AGE, aged

CONTRACT = (
    "/", "/measures/", "/measures/k1-definition/", "/measures/k2-benefits/", "/measures/k3-registration/",
    "/measures/k4-participation/", "/measures/k5-fund/", "/measures/k6-penalties/", "/benefits/", "/register/",
    "/who/", "/trainers/", "/model/", "/timeline/", "/faq/", "/glossary/", "/provinces/", "/leaflets/", "/about/",
    "/about/sources/", "/privacy/", "/accessibility/", "/search/",
)  # fmt: skip


def html(site: Path, url: str) -> str:
    return (site / url.strip("/") / "index.html").read_text("utf-8")


def words_of(text: str) -> str:
    return re.sub("<[^>]*>", "", text).replace("\u00a0", " ")


def quiet(text: str) -> None:
    """Say nothing."""


@pytest.mark.parametrize("url", CONTRACT)
def test_every_address_of_the_contract_has_a_page_in_thai_with_the_draft_notice(built_site, url):
    page = html(built_site, url)

    assert '<html lang="th"' in page
    assert 'class="draft"' in page
    assert "ร่างกฎหมาย ข้อมูล ณ วันที่ 30 พฤษภาคม 2567" in re.sub("<[^>]+>", "", page)
    assert page.count("<h1") == 1


def test_each_of_77_provinces_has_a_page_a_leaflet_and_forms_that_know_it(built_site, content):
    assert len(content.provinces) == 77
    for province in content.provinces:
        page = html(built_site, f"/provinces/{province.code}/")
        assert province.name_th in page
        assert f"/leaflets/registration-{province.code}.pdf" in page
        assert f"/forms/trainer_signup?province={province.code}" in page
        assert f"/forms/help_request?province={province.code}" in page


def test_a_print_that_is_enlarged_has_one_card_with_a_button_for_each_paper(built_site):
    for url, place in (("/leaflets/", ""), ("/provinces/14/", "-14")):
        page = html(built_site, url)
        for edition in ("", "-a2", "-bw", "-bw-a2"):
            assert page.count(f'href="/leaflets/measures_poster{place}{edition}.pdf"') == 1
        assert page.count('src="/leaflets/measures_poster.png"') == 1
        assert "สี A3</a>" in page
        assert "สี A2</a>" in page


def test_who_is_stuck_at_a_step_finds_the_help_form_with_that_step_filled_in(built_site, content):
    page = html(built_site, "/register/")

    for step in content.steps:
        section = page.partition(f'id="step-{step.number}"')[2].partition("</section>")[0]
        assert f'href="/forms/help_request?step={step.number}"' in section, step.title


def test_an_office_without_contact_says_so_and_gives_the_hotline(built_site, content):
    page = html(built_site, "/provinces/55/")

    assert content.phrases["no_data"] in page
    assert 'href="tel:1506"' in page
    assert "mailto:" not in page


def test_an_office_that_an_officer_filled_in_is_shown_with_the_day_it_was_checked(tmp_path):
    offices = Path(shutil.copytree(CONTENT, tmp_path / "content")) / "data/offices.csv"
    row = '55,สำนักงานแรงงานจังหวัดน่าน,,"021234567, 0-2123-4568 ต่อ 12",nan@example.com,,,2026-11-01,\n'
    offices.write_text(re.sub("^55,.*\n", row, offices.read_text("utf-8"), flags=re.MULTILINE), "utf-8")

    build_site(load_content(tmp_path / "content"), out=tmp_path / "site", docs=tmp_path / "docs", say=quiet)

    page = html(tmp_path / "site", "/provinces/55/")
    assert set(re.findall('href="tel:([^"]*)"', page)) == {"021234567", "1506"}  # what a telephone can dial
    assert "0 2123 4567, 0 2123 4568 ต่อ 12" in page
    assert "mailto:nan@example.com" in page
    assert "1\u00a0พฤศจิกายน\u00a02569" in page


def test_short_paths_for_qr_codes_lead_to_the_province_and_the_steps_without_a_server(built_site):
    page = html(built_site, "/q/50/")

    for address in ("/provinces/50/", "/register/", "/forms/help_request?province=50", "/provinces/50/#leaflet"):
        assert f'href="{address}"' in page
    assert "<script" not in page


def test_the_short_path_of_the_country_leads_to_the_list_of_provinces(built_site):
    page = html(built_site, "/q/")

    for address in ("/provinces/", "/register/", "/forms/help_request", "/leaflets/"):
        assert f'href="{address}"' in page


@pytest.mark.parametrize("place", ["/q/", "/q/50/"])
def test_the_page_behind_a_code_knows_every_version_of_every_print(content, aged_site, place):
    page = html(aged_site, place)

    for each in aged(content).prints:
        for version in range(1, each.version + 1):
            [entry] = re.findall(rf'<div [^>]*id="{each.name}-{version}".*?</div>', page, re.DOTALL)
            words = words_of(entry)
            if version == each.version:
                assert f"นี้เป็นรุ่นล่าสุด (รุ่น {AGE} · 1 ก.พ. 2570)" in words
                assert "href" not in entry
            else:
                assert "นี้เก่าแล้ว" in words
                assert f"มีรุ่น {AGE} ลงวันที่ 1 กุมภาพันธ์ 2570 ให้ใช้รุ่นใหม่" in words
                code = each.code(content.province("50") if place == "/q/50/" else None)
                assert f'href="/leaflets/{print_file(each.name, code, each.editions[0])}.pdf"' in entry
        assert f'id="{each.name}-{AGE + 1}"' not in page
        assert each.title in words_of(page[page.index("<table") :])


def test_a_book_is_not_called_a_sheet(content, built_site):
    page = html(built_site, "/q/")

    for each in content.prints:
        entry = page[page.index(f'id="{each.anchor}"') :]
        assert entry.index("เล่มนี้" if each.booklet else "แผ่นนี้") < 200


def test_every_way_to_fold_is_drawn():
    drawn = str(environment().get_template("site/partials/folds.html").module.drawings(FOLDS))

    assert re.findall('<symbol id="fold-([a-z]+)"', drawn) != []
    assert set(re.findall('<symbol id="fold-([a-z]+)"', drawn)) == set(FOLDS)


@pytest.mark.parametrize("url", ["/leaflets/", "/provinces/50/"])
def test_prints_are_offered_by_whom_they_are_for_with_version_fold_and_twin(built_site, content, url):
    page = html(built_site, url)
    shelves = dict(re.findall(r'<section class="shelf" aria-labelledby="for-(\w+)">(.*?)</section>', page, re.DOTALL))

    assert set(shelves) == {each.audience for each in content.prints}
    for each in content.prints:
        [entry] = re.findall(rf'<li class="print">(?:(?!</li>).)*?id="print-{each.name}".*?</li>', page, re.DOTALL)
        assert entry in shelves[each.audience]
        assert content.version_line(each) in words_of(entry)
        assert f'<use href="#fold-{each.fold}"/>' in entry
        assert page.count(f'<symbol id="fold-{each.fold}"') == 1
        assert (f'href="{each.twin}"' in entry) == bool(each.twin)
        assert "เมกะไบต์" not in entry  # nobody has printed it


def test_where_a_print_is_finished_its_pages_and_its_largest_file_are_told(content):
    each = content.print("registration")
    editions = each.offered(content.province("50"))
    finished = {print_file(each.name, "50", edition): Finished(2, 123_456) for edition in editions}
    finished |= {print_file(each.name, "50", "bw"): Finished(2, 267_890)}
    pages = {
        page.url: page.body for page in site_pages(content, Prose(content), Layouts(content, Prose(content), finished))
    }

    assert "2 หน้า · ไฟล์ 0.3 เมกะไบต์" in words_of(pages["/provinces/50/"])
    assert "เมกะไบต์" not in pages["/provinces/10/"]
    assert "เมกะไบต์" not in pages["/leaflets/"]


def test_a_badge_opens_the_fact_with_its_section_lines_and_evidence(built_site, content):
    fact = content.facts["measure.5.fund"]
    source = html(built_site, "/about/sources/")
    entry = source[source.index(f'id="{fact.anchor}"') :][:1500]

    assert f'href="/about/sources/#{fact.anchor}"' in html(built_site, "/measures/k5-fund/")
    assert fact.evidence in entry
    assert all(str(line) in entry for line in fact.lines)


def test_the_menu_holds_ten_pages_and_no_province(built_site):
    menu = re.search(r'<details class="menu">.*?</details>', html(built_site, "/"), re.DOTALL)

    assert menu
    assert menu[0].count("<li>") == 10
    assert not re.search(r"/provinces/\d", menu[0])


def test_when_an_officer_sets_the_law_status_every_page_shows_it_with_its_date(tmp_path):
    root = tmp_path / "content"
    shutil.copytree(CONTENT, root)
    settings = root / "data" / "settings.yml"
    text = settings.read_text("utf-8")
    for key, value in (("law_status", "สภาผู้แทนราษฎรกำลังพิจารณา"), ("law_status_date", "2026-11-20")):
        text = re.sub(rf"(?m)^({key}:\n  value: )''(\n  as_of: )''", rf"\g<1>'{value}'\g<2>'2026-11-20'", text)
    settings.write_text(text, "utf-8")

    build_site(load_content(root), out=tmp_path / "site", docs=tmp_path / "docs", say=quiet)

    for url in ("/", "/measures/k5-fund/", "/provinces/50/", "/q/50/"):
        strip = re.search(r'<div class="draft".*?</div>', html(tmp_path / "site", url), re.DOTALL)
        assert strip
        assert "สภาผู้แทนราษฎรกำลังพิจารณา" in strip[0]
        assert "20 พฤศจิกายน 2569" in strip[0]


def test_a_kit_that_is_packed_is_offered_with_its_size_and_no_other(built_site, content, tmp_path):
    kits = {"kit": Finished(0, 2_351_000), "kit-50": Finished(0, 41_000_000)}
    build_site(content, out=tmp_path / "site", docs=tmp_path / "docs", say=quiet, finished=kits)

    for url, file, size in (("/leaflets/", "kit", "2.4"), ("/provinces/50/", "kit-50", "41.0")):
        assert f'href="/leaflets/{file}.zip"' in html(tmp_path / "site", url)
        assert f"{size} เมกะไบต์" in html(tmp_path / "site", url)
    assert ".zip" not in html(tmp_path / "site", "/provinces/10/")
    assert ".zip" not in html(built_site, "/leaflets/")


def test_two_builds_are_equal_to_the_byte(built_site, content, tmp_path):
    build_site(content, out=tmp_path / "site", docs=tmp_path / "docs", say=quiet)

    def tree(root: Path) -> dict[str, bytes]:
        files = {path.relative_to(root).as_posix(): path for path in root.rglob("*") if path.is_file()}
        blank = {f"leaflets/{each.name}.png" for each in content.prints}  # stand for what the press draws
        return {name: path.read_bytes() for name, path in files.items() if name not in blank}

    assert tree(tmp_path / "site") == tree(built_site)


def test_the_themes_own_scripts_styles_and_maps_are_not_in_the_output(built_site):
    names = [path.relative_to(built_site).as_posix() for path in built_site.rglob("*") if path.is_file()]

    assert not [name for name in names if name.endswith(".map") or "javascripts" in name or "stylesheets" in name]
    assert [name for name in names if name.endswith(".js") and not name.startswith("assets/js/")] == []


def test_the_only_script_of_a_page_is_our_own_file(built_site):
    scripts = re.findall(r"<script[^>]*>", html(built_site, "/measures/k5-fund/"))

    assert scripts == ['<script src="/assets/js/search.js" defer>']


def test_fonts_are_our_own_subset_with_the_rules_thai_marks_need(built_site):
    from fontTools.ttLib import TTFont

    font = TTFont(built_site / "assets" / "fonts" / "sarabun-400.woff2")

    assert {"GPOS", "GSUB"} <= set(font.keys())
    assert {"mark", "mkmk"} <= {record.FeatureTag for record in font["GPOS"].table.FeatureList.FeatureRecord}
    assert set(map(ord, "กฎญฐฤๅ์ๆ฿๐“”–…AZaz09")) <= set(font.getBestCmap())


def test_a_site_address_gives_canonical_links_and_a_site_map(content, tmp_path):
    address = replace(content.settings["site_url"], value="https://example.go.th")
    settings = MappingProxyType({**content.settings, "site_url": address})

    build_site(replace(content, settings=settings), out=tmp_path / "site", docs=tmp_path / "docs", say=quiet)

    assert '<link rel="canonical" href="https://example.go.th/faq/">' in html(tmp_path / "site", "/faq/")
    assert "https://example.go.th/faq/" in (tmp_path / "site" / "sitemap.xml").read_text("utf-8")


def test_store_links_stand_on_the_steps_only_when_an_officer_has_set_them(built_site, content, tmp_path):
    store = replace(content.settings["google_play_url"], value="https://play.example.com/app", as_of="2026-11-20")
    settings = MappingProxyType({**content.settings, "google_play_url": store})

    build_site(replace(content, settings=settings), out=tmp_path / "site", docs=tmp_path / "docs", say=quiet)

    assert 'class="store"' not in html(built_site, "/register/")
    page = html(tmp_path / "site", "/register/")
    assert 'href="https://play.example.com/app"' in page
    assert content.phrases["as_of_store"] not in html(built_site, "/register/")
    assert drawn_after(page, content.phrases["as_of_store"]).startswith("20 พฤศจิกายน 2569")


def drawn_after(page: str, words: str) -> str:
    """Return the text of a page after `words`, as it is read: no tags, one kind of space."""
    text = re.sub(r"<[^>]*>", "", page).replace("\u00a0", " ").replace("\u200b", "")
    assert words in text
    return text.partition(words)[2].strip()


def test_the_name_of_the_app_stands_with_the_day_it_was_checked(built_site, content):
    page = html(built_site, "/register/")

    assert drawn_after(page, content.phrases["as_of_app"]).startswith("30 พฤษภาคม 2567")
    assert "as_of" not in page


def test_the_hours_of_the_hotline_stand_under_it_only_when_an_officer_has_set_them(built_site, content, tmp_path):
    hours = replace(content.settings["hotline_hours"], value="วันราชการ เช้าถึงเย็น")
    settings = MappingProxyType({**content.settings, "hotline_hours": hours})

    build_site(replace(content, settings=settings), out=tmp_path / "site", docs=tmp_path / "docs", say=quiet)

    line = f"<p>{content.phrases['ask_hours']} วันราชการ เช้าถึงเย็น</p>"
    for url in ("/", "/provinces/50/"):
        assert line in html(tmp_path / "site", url).partition('class="tel"')[2]
        assert content.phrases["ask_hours"] not in html(built_site, url)


def with_page(content: Content, body: str) -> Content:
    page = replace(content.page("/about/real/"), body=body)
    return replace(content, pages=tuple(page if p.url == page.url else p for p in content.pages))


def test_an_editors_mistakes_stop_the_build_and_are_all_told_with_their_file(content, tmp_path):
    body = (
        '## หัวข้อไม่มีชื่อ\n\n[เสีย](/no-such-page/) [จุดหาย](/faq/#no-such-anchor) <a href="/gone/">ดิบ</a>\n\n'
        '## หนึ่ง {#same}\n\n## สอง {#same}\n\n<p style="color: red" onclick="x()">สี</p>\n\n'
        '{{ leaked }}\n\n<img src="https://cdn.example.com/x.png" alt="">\n'
    )

    with pytest.raises(ContentErrors) as raised:
        build_site(with_page(content, body), out=tmp_path / "site", docs=tmp_path / "docs", say=quiet)

    own = [problem for problem in raised.value.problems if problem.place.startswith("content/about/real.md")]
    told = " ".join(problem.message for problem in own)
    line = content.page("/about/real/").line
    assert {f"content/about/real.md:{line}", f"content/about/real.md:{line + 2}"} <= {problem.place for problem in own}
    for part in ("/no-such-page/", "no-such-anchor", "/gone/", "same", "style", "onclick", "{{ leaked", "id ของตัวเอง",
                 "cdn.example.com"):  # fmt: skip
        assert part in told, part


def test_a_letter_that_the_typeface_cannot_draw_stops_the_build_and_is_told_once_with_its_page(content, tmp_path):
    with pytest.raises(ContentErrors) as raised:
        build_site(with_page(content, "ก\n\n漢 ข 漢\n"), out=tmp_path / "site", docs=tmp_path / "docs", say=quiet)

    (problem,) = raised.value.problems
    assert problem.place == f"content/about/real.md:{content.page('/about/real/').line + 2}"
    assert problem.message == "“漢” (U+6F22) ไม่มีในตัวพิมพ์ Sarabun ใช้ตัวอื่นแทน"


def test_pages_whose_front_matter_lacks_what_their_layout_draws_are_told_together(content):
    spoiled = {"/": "hero", "/who/": "examples", "/provinces/": "province_page.title"}
    pages = tuple(without(page, spoiled[page.url]) if page.url in spoiled else page for page in content.pages)
    content = replace(content, pages=pages)

    with pytest.raises(ContentErrors) as raised:
        site_pages(content, Prose(content), Layouts(content, Prose(content)))

    told = {problem.place: problem.message for problem in raised.value.problems}
    assert sorted(told) == sorted(f"{page.path}:2" for page in pages if page.url in spoiled)
    assert "hero" in told["content/index.md:2"]


def without(page, key):
    """Return a page without one key of its front matter; a dot leads into a mapping."""
    first, _, inner = key.partition(".")
    rest = {name: value for name, value in page.extra.items() if name != first}
    kept = {first: {name: value for name, value in page.extra[first].items() if name != inner}} if inner else {}
    return replace(page, extra=MappingProxyType(rest | kept))


def test_search_index_and_pages_agree(built_site):
    rows = json.loads((built_site / "assets" / "search.json").read_text("utf-8"))
    pages = site_checks.read_site(built_site)

    assert [
        row["u"] for row in rows if not row["u"].startswith("/forms/") and row["u"].split("#")[0] not in pages
    ] == []
