"""The voice check: what must fail fails for its reason, and the voice guide's own sentences pass."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from site_builder.content import Content, read_content
from site_builder.voice import check_voice, gather, problems_in, voice_of
from site_builder.voice.lexicon import LexiconError, read_lexicon
from site_builder.voice.text import Document, Kind, markdown_passages, passage
from site_builder.voice.words import Voice

SAMPLES = Path(__file__).parent / "data" / "voice_samples.md"
SPOKEN = "Trainer at the door"
PAGE = "content/sample.md"


@pytest.fixture(scope="module")
def content() -> Content:
    return read_content()[0]


@pytest.fixture(scope="module")
def voice(content: Content) -> Voice:
    return voice_of(content)


def findings(voice: Voice, markdown: str, path: str = PAGE, *, handbook: bool = False) -> list[str]:
    """Messages for a Markdown body of its own."""
    document = Document(path, tuple(markdown_passages(markdown, path)), handbook=handbook)
    return [problem.message for problem in problems_in(document, voice)]


def findings_in_line(voice: Voice, text: str, *, kind: Kind = "label", handbook: bool = False) -> list[str]:
    """Messages for one record's line."""
    path = "content/data/sample.yml"
    document = Document(path, (passage(path, kind, text, record="line"),), handbook=handbook)
    return [problem.message for problem in problems_in(document, voice)]


def samples() -> Iterator[tuple[str, str]]:
    """Group and sentence of each sample; slots are filled with a figure."""
    group = ""
    for line in SAMPLES.read_text("utf-8").splitlines()[1:]:
        if line.startswith("# "):
            group = line[2:]
        yield group, re.sub(r"\{[^}]*\}", "12", line.removeprefix("# "))


@pytest.mark.parametrize(("group", "sentence"), list(samples()))
def test_every_finished_sentence_of_the_voice_guide_passes(voice, group, sentence):
    long_notice = sentence.startswith("ผู้ดูแลข้อมูลคือ")
    path = "content/privacy.md" if long_notice else "content/data/sample.yml"
    document = Document(path, (passage(path, "label", sentence, record="line"),), handbook=group == SPOKEN)

    found = [problem.message for problem in problems_in(document, voice)]

    assert found == ([m for m in found if "ใช้ครั้งแรก" in m] if long_notice else [])


@pytest.mark.parametrize(
    ("before", "reasons"),
    [
        ("ผู้ประสงค์จะขึ้นทะเบียนพึงจัดเตรียมบัตรประจำตัวประชาชนของท่านให้พร้อม", ["“ประสงค์”", "“พึง”", "“ท่าน”"]),
        (
            "การขึ้นทะเบียนซึ่งดำเนินการผ่านแอปพลิเคชันนั้นประกอบด้วยขั้นตอนจำนวนทั้งสิ้น 9 ขั้นตอนอันเริ่มจากการติดตั้ง",
            ["“ซึ่ง”", "“ดำเนินการ”", "“อัน”", "“9 ขั้นตอน”", "“แอปพลิเคชัน”"],
        ),
        (
            "การฝึกอบรมครู ข จะถูกดำเนินการโดยหน่วยงานที่เกี่ยวข้องในพื้นที่",
            ["“ฝึกอบรม”", "“ถูกดำเนินการ", "“โดยหน่วยงาน”", "“หน่วยงานที่เกี่ยวข้อง”"],
        ),
        ("ลงทะเบียนกับครู ข เพื่อรับสิทธิแรงงานนอกระบบ", ["“ลงทะเบียน”", "“รับสิทธิ”", "“แรงงานนอกระบบ”"]),
        ("ขึ้นทะเบียนวันนี้ รับสิทธิกู้เงินและประกันสุขภาพฟรี", ["“รับสิทธิ”", "“ฟรี”"]),
    ],
)
def test_what_the_voice_guide_shows_as_before_fails_for_its_reason(voice, before, reasons):
    found = findings(voice, before)

    for reason in reasons:
        assert any(reason in message for message in found), (reason, found)


@pytest.mark.parametrize(
    "after",
    [
        "เตรียมบัตรประชาชนของคุณ",
        "ขึ้นทะเบียนในแอป มี 9 ขั้น ถ้าสแกนคิวอาร์ เริ่มขั้นที่ 3",
        "สำนักงานแรงงานจังหวัดอบรมครู ข ใน 76 จังหวัด ส่วนกรุงเทพฯ สำนักงานปลัดกระทรวงแรงงานอบรมเอง",
        "ขึ้นทะเบียนแรงงานอิสระในแอป ครู ข ช่วยบอกทีละขั้น",
        "ร่างกฎหมายเขียนว่าจะมีกองทุนให้สมาชิก เช่น ประกันภัย ประกันสุขภาพ หรือเงินกู้ทำอาชีพ"
        " กองทุนนี้ต้องรอกฎหมายเริ่มใช้ [[src: measure.5.fund]]",
    ],
)
def test_what_the_voice_guide_shows_as_after_passes(voice, after):
    assert findings(voice, after) == []


@pytest.mark.parametrize(
    ("wrong", "reason", "right"),
    [
        ("You will get help.", "“will” ให้เขียนว่า would", "The draft would give you help."),
        ("Workers are entitled to training.", "“entitled”", "The draft would offer training."),
        ("There would be a fund for insurance, loans.", "such as", "There would be help such as insurance or loans."),
        (
            "Members get help such as insurance or loans.",
            "draft หรือ would",
            "It would help, such as by insurance or loans.",
        ),
        (
            "There were 20.2 million workers. It would help.",
            "more than",
            "It would help more than 20.2 million workers.",
        ),
        (f"The draft would {'very ' * 20}much help.", "ไม่เกิน 20", f"It would. {'Very. ' * 20}"),
        ("It would help {name}.", "ยังไม่ได้แทนค่า", "It would help you."),
    ],
)
def test_english_words_have_rules_of_their_own(voice, wrong, reason, right):
    def found(text: str) -> list[str]:
        label = replace(passage(PAGE, "label", text), sources=frozenset({"measure.5.fund"}))
        return [problem.message for problem in problems_in(Document(PAGE, (label,), language="en"), voice)]

    assert any(reason in message for message in found(wrong)), found(wrong)
    assert found(right) == []


def test_the_english_words_of_records_phrases_and_leaflets_are_read_as_english(content, voice):
    by_language = {"en": set(), "th": set()}
    for document in gather.documents(content):
        by_language[document.language] |= {each.text for each in document.passages}

    for record in (*content.measures, *content.benefits, *content.steps):
        assert {record.en.title, record.en.summary, record.en.leaflet} <= by_language["en"]
    assert content.phrases["draft_line_en"] in by_language["en"]
    assert content.leaflets["registration_en"]["back"]["title"] in by_language["en"] - by_language["th"]


TWENTY = "แม่ค้าขายข้าวแกงทำอาหารให้ลูกกินที่บ้านก่อนออกไปขายของที่ตลาดนัดหน้าวัดทุกวันพุธและวันเสาร์"
FIFTY = " ".join(["แม่ค้าขายข้าวแกง ที่ตลาดนัด หน้าวัด ทุกวันพุธ"] * 6)


@pytest.mark.parametrize(
    ("wrong", "reason", "right"),
    [
        # 1 length
        (TWENTY, "(ไม่เกิน 14)", "แม่ค้าขายข้าวแกง ทำอาหารให้ลูกกินที่บ้าน ก่อนออกไปขายของ"),
        (FIFTY, "(ไม่เกิน 45)", "แม่ค้าขายข้าวแกง ที่ตลาดนัด หน้าวัด ทุกวันพุธ"),
        (
            "## แม่ค้าขายข้าวแกง ที่ตลาดนัด หน้าวัด ทุกวันพุธ ทุกวันเสาร์",
            "หัวข้อ",
            "## ขายข้าวแกง ที่ตลาดนัด",
        ),
        ("[กดตรงนี้เพื่อดู 9 ขั้นในแอป](/register/){ .btn }", "ปุ่ม", "[ดู 9 ขั้น](/register/){ .btn }"),
        # 2 words
        ("รัฐบูรณาการข้อมูล", "ทำงานร่วมกัน", "รัฐทำงานร่วมกัน"),
        ("หากไม่แน่ใจ โทร 1506", "“หาก”", "ออกไปหากินแต่เช้า"),
        ("ส่งด่วน วันนี้", "“ด่วน”", "โทรสายด่วน 1506"),
        ("สิ่งนี้มิใช่คำสัญญา", "“มิใช่”", "สิ่งนี้ไม่ใช่คำสัญญา"),
        ("ของอันมีค่า", "“อัน”", "อันไหนก็ได้ ไม่อันตราย"),
        ("รับสมัครจำนวน 120 คน", "“จำนวน”", "รับสมัคร 120 คน นับจำนวนแล้ว"),
        ("เริ่มใช้ภายใน 180 วัน", "เมื่อพ้น 180 วัน", "เริ่มใช้เมื่อพ้น 180 วัน"),
        ("การตรวจการสอนการช่วย", "การ/ความ 3 คำ", "ตรวจ สอน และช่วย"),
        ("ครู ข ชวนคน 1:120", "เขียนอัตราเป็นคำ", "ครู ข 1 คน ชวน 120 คน เวลา 13.30 น."),
        # 3 abbreviations
        ("ครม. เห็นชอบแล้ว", "ตัวย่อ “ครม.”", "คณะรัฐมนตรีเห็นชอบแล้ว"),
        ("ส่งไฟล์ CSV มา", "ตัวย่อ “CSV”", "ส่งมาทาง LINE ได้"),
        ("ตั้ง PIN ให้เสร็จ", "ใช้ครั้งแรก", "ตั้ง PIN (เลขลับที่คุณตั้งเอง) ให้เสร็จ แล้วจำ PIN ไว้"),
        ("จบแล้วทุกขั้น.", "ตัดจุดท้ายประโยค", "เริ่มวันที่ 15 ธ.ค. 2567 เวลา 09.00 น."),
        # 4 passive
        ("ครู ข ถูกอบรมแล้ว", "ถูก เมื่อไม่มีใครเสียหาย", "กรอกให้ถูกต้อง กดถูกช่อง ระวังถูกโกง ของราคาถูก"),
        ("ครู ข ได้รับการอบรมแล้ว", "ได้รับการ", "สำนักงานได้รับแล้ว"),
        # 5 double negatives
        ("ครู ข ต้องชวนไม่น้อยกว่า 120 คน", "ปฏิเสธซ้อน", "ครู ข ชวนอย่างน้อย 120 คน"),
        ("คุณไม่ทำไม่ได้", "ปฏิเสธซ้อน", "เว็บนี้ไม่ขอและไม่เก็บเลขบัตร"),
        # 6 claims
        ("คุณรวมกลุ่มได้ [[src: benefit.2.group]]", "ต้องมีคำว่า ร่าง", "แผ่นพับเขียนว่ารวมกลุ่มได้ [[src: benefit.2.group]]"),
        (
            "ร่างให้มีประกันภัยและเงินกู้ [[src: measure.5.fund]]",
            "เก็บคำว่า เช่น",
            "ร่างเขียนว่าจะช่วยสมาชิก เช่น ประกันภัย หรือเงินกู้ [[src: measure.5.fund]]",
        ),
        (
            "ร่างเขียนว่าจะช่วย เช่น ประกันภัย เงินกู้ [[src: measure.5.fund]]",
            "เก็บคำว่า หรือ",
            "เอกสารไม่ได้บอกว่าเงินกู้ได้เท่าไร [[src: measure.5.fund]]",
        ),
        ("มีแรงงานอิสระ 20.2 ล้านคน", "กว่า", "มีแรงงานอิสระกว่า 20.2 ล้านคน"),
        ("ขึ้นทะเบียน 9 ล้านคนในปีแรก", "เป็นเป้า", "ปีแรกตั้งเป้า 9 ล้านคน ปีที่สองอย่างน้อย 20 ล้านคน"),
        # 7 left-over marks and people
        ("ตรวจเมื่อ {date}", "ยังไม่ได้แทนค่า", "## วันตรวจ {#checked-on}"),
        ("ตรวจเมื่อ [[doc.moi.date]]", "ยังไม่ได้แทนค่า", "ตรวจแล้ว [[src: doc.moi.date]]"),
        ("ถามนายสมมุติ ใจกล้า", "ชื่อบุคคล", "ถามนายอำเภอ หรือนายจ้างของคุณ คำนำหน้า นาย นาง นางสาว"),
        ("ถาม ดร. สมมุติ", "ชื่อบุคคล", "ถามนายกรัฐมนตรี"),
        # 8 letters
        ("ของต่างๆ ที่ใช้", "เคาะวรรค", "ของอื่น ๆ ที่ใช้"),
        ("ขั้นที่ ๗ จาก 9", "ปนกับเลขอารบิก", "ขั้นที่ 7 จาก 9"),
        ("ทํางาน", "สระอำ", "ทำงาน"),
        ("เเม่ค้า", "สระแอ", "แม่ค้า"),
        ("แม่\u200bค้า", "มองไม่เห็น", "แม่ค้า"),
        # 9 people, and who speaks
        ("ทุกท่านมาได้", "“ท่าน”", "ท่าทางดี ท่านั่งดี ท่านอนดี"),
        ("มาแล้ว 120 ราย", "ให้เขียนว่า คน", "ดูรายชื่อ 120 รายการ แต่ละรายการ รายละเอียด"),
        ("ลงทะเบียนที่นี่", "“ลงทะเบียน”", "แผ่นพับพิมพ์ว่า “ลงทะเบียน” หมายถึงเรื่องเดียวกัน"),
        ("[คลิกที่นี่](/register/)", "“คลิก”", "[ดู 9 ขั้น](/register/)"),
        ("สวัสดีค่ะ", "บทพูด", "ได้คะแนนดี สำหรับทุกคน"),
    ],
)
def test_each_rule_catches_its_fault_and_lets_a_good_sentence_through(voice, wrong, reason, right):
    assert any(reason in message for message in findings(voice, wrong)), findings(voice, wrong)
    assert findings(voice, right) == []


def test_a_trainer_may_say_kha_in_the_handbook(voice):
    assert findings(voice, "สวัสดีค่ะป้า", handbook=True) == []


def test_an_official_name_is_neither_counted_nor_corrected(voice):
    assert findings(voice, "ชื่อเต็มคือ กองทุนส่งเสริมและคุ้มครองแรงงานอิสระ ตามร่างกฎหมาย") == []


def test_a_word_may_stay_where_the_list_keeps_it_and_nowhere_else(voice):
    line = "ร่างเขียนเรื่องบทลงโทษไว้"

    assert findings(voice, line, "content/measures/k6-penalties.md") == []
    assert findings(voice, line) != []


def test_a_word_of_the_document_may_be_named_as_such(voice):
    assert findings(voice, "เอกสารเรียกว่ากองทุนหมุนเวียน") == []
    assert findings(voice, "มีกองทุนหมุนเวียน") != []


def test_a_glossary_entry_may_use_the_word_that_it_explains(voice):
    path = "content/data/glossary.yml"
    entry = Document(path, (passage(path, "item", "สวัสดิการคือของที่นายจ้างให้"),), own_terms=frozenset({"สวัสดิการ"}))

    assert list(problems_in(entry, voice)) == []
    assert list(problems_in(replace(entry, own_terms=frozenset()), voice)) != []


def test_a_page_that_says_both_words_mean_the_same_may_use_the_older_one(voice):
    both = "เอกสารใช้คำว่า แรงงานนอกระบบ และ แรงงานอิสระ ในความหมายเดียวกัน\n\nงานของแรงงานนอกระบบ"

    assert findings(voice, both) == []


def test_a_page_and_a_section_have_a_length(voice):
    part = "แม่ค้าขายข้าวแกง ที่ตลาดนัด\n\n"
    section = "## หัวข้อ {#a}\n\n" + part * 30

    assert not any("ใต้" in message for message in findings(voice, "## หัวข้อ\n\n" + part * 10))
    assert any("(ไม่เกิน 120)" in message for message in findings(voice, section))
    assert any("(ไม่เกิน 350)" in message for message in findings(voice, section * 3))
    assert findings(voice, section * 3, "content/privacy.md") == []


def test_a_table_is_measured_cell_by_cell(voice):
    row = "| " + " | ".join(["แม่ค้าขายข้าวแกง ที่ตลาดนัด หน้าวัด"] * 6) + " |\n"

    assert findings(voice, "| ก | ข | ค | ง | จ | ฉ |\n| --- | --- | --- | --- | --- | --- |\n" + row * 10) == []


def test_code_links_and_attributes_are_not_read(voice):
    body = "กด `PIN_CODE` ที่ [ดู 9 ขั้น](/register/?q=ท่าน){ .ท่าน }\n\n```\nท่าน {x}\n```\n<!-- ท่าน -->\n"

    assert findings(voice, body) == []


def test_a_finding_names_the_line_where_it_stands(voice):
    body = "## หัวข้อ {#a}\n\nบรรทัดแรกดี\nบรรทัดสองมีท่าน\n\n- ข้อหนึ่ง\n- ข้อสองมีท่าน\n\n| ก | ข |\n| --- | --- |\n| ดี | ท่าน |\n"
    document = Document(PAGE, tuple(markdown_passages(body, PAGE, first_line=10)))

    assert [problem.place for problem in problems_in(document, voice)] == [f"{PAGE}:{n}" for n in (13, 16, 20)]


def test_callouts_lists_and_quotes_are_read_without_their_marks():
    body = '!!! now "ทำได้แล้ว"\n    ขึ้นทะเบียน\n    ในแอป\n\n1. **ข้อ**หนึ่ง [[src: a.b c.d]]\n> คำพูด\n'

    found = markdown_passages(body, PAGE)

    assert [(each.kind, each.text.strip(), each.line) for each in found] == [
        ("label", "ทำได้แล้ว", 1),
        ("paragraph", "ขึ้นทะเบียน\nในแอป", 2),
        ("item", "ข้อหนึ่ง \nคำพูด", 5),
    ]
    assert found[2].sources == {"a.b", "c.d"}


def test_slots_that_a_form_fills_in_may_stay_in_records_only(voice):
    assert findings_in_line(voice, "รหัสของคุณคือ {ref}") == []
    assert findings_in_line(voice, "รหัสของคุณคือ {unknown}") != []


def test_a_leaflet_line_that_is_too_long_is_found(content):
    step = replace(content.steps[0], leaflet="เปิด App Store หรือ Google Play แล้วค้นหาชื่อแอปที่ต้องการ")
    poster = replace(content.measures[0], leaflet="ก1 ร่างเขียนว่าใครคือแรงงานอิสระบ้าง")

    found = check_voice(replace(content, steps=(step,), measures=(poster,)))

    assert {problem.place for problem in found if "ช่องนี้ไม่เกิน" in problem.message} == {
        f"{step.path} #leaflet",
        f"{poster.page.path} #leaflet",
    }


def test_faults_in_every_kind_of_record_are_found(content):
    fault = "ท่านมาได้"
    broken = replace(
        content,
        pages=(replace(content.pages[0], body=fault, line=7, extra={"doors": ({"text": fault, "href": "/ท่าน/"},)}),),
        questions=(replace(content.questions[0], answer=fault),),
        glossary=(replace(content.glossary[0], meaning=fault),),
        benefits=(replace(content.benefits[0], body=fault),),
        steps=(replace(content.steps[0], summary=fault),),
        timeline={"events": ({"text": fault},)},
        phrases={"sample": fault},
    )

    found = {problem.place for problem in check_voice(broken) if "“ท่าน”" in problem.message}

    assert found == {
        f"{content.pages[0].path}:7",
        f"{content.pages[0].path} #doors[1].text",
        f"content/data/faq.yml #{content.questions[0].id}",
        f"content/data/glossary.yml #{content.glossary[0].term}",
        f"{content.benefits[0].path}:{content.benefits[0].line}",
        f"{content.steps[0].path} #summary",
        "content/data/timeline.yml #events[1].text",
        "content/data/phrases.yml #sample",
    }


def test_a_figure_set_large_is_read_in_its_sentence(content):
    figure = {"text": "มีแรงงานอิสระกว่า 20.2 ล้านคน", "big": "20.2 ล้าน"}
    found = check_voice(replace(content, leaflets={"sample": {"figure": figure}}))

    assert [problem for problem in found if "sample.yml" in problem.place] == []


def test_a_broken_word_list_is_told_with_its_place():
    raw = {"limits": {"phrase": 14}, "banned": [{"words": ["ท่าน"]}, {"words": ["("], "say": "x", "match": "pattern"}]}

    with pytest.raises(LexiconError) as caught:
        read_lexicon(raw)

    places = {problem.place.removeprefix("content/data/voice.yml #") for problem in caught.value.problems}
    assert places == {"limits", "leaflet_letters", "banned[1]", "banned[2]"}


def test_every_place_where_a_banned_word_stays_says_why(content):
    raw = {**content.voice, "banned": [{"words": ["ท่าน"], "say": "คุณ", "keep": [{"phrase": "ท่านผู้นำ"}]}]}

    with pytest.raises(LexiconError, match="why"):
        read_lexicon(raw)


def test_the_public_text_keeps_the_voice(content):
    assert [str(problem) for problem in check_voice(content)] == []
