"""The lists of the content: questions, glossary, provinces and offices, terms, forms and leaflets."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from site_builder import areas, thai
from site_builder.content_reader import FORM_KEYS, Reader, is_date
from site_builder.forms import Form, read_form
from site_builder.problems import Problem
from site_builder.reading import freeze, read_csv, read_yaml
from site_builder.records import (
    AUDIENCES,
    EDITIONS,
    FOLDS,
    PAPERS,
    Office,
    Print,
    Province,
    Question,
    Recorded,
    Term,
    Terms,
)

_OFFICE_COLUMNS = ("province_code", "office_name_th", "address_th", "phone", "email", "website", "opening_hours",
                   "verified_on", "verified_by")  # fmt: skip
_PROVINCE_COLUMNS = ("code", "iso", "name_th", "name_en", "region", "region_th")
PROVINCES = ("all", "contact", "country")  # that have a print of their own: each, who has a contact, none
_LONGEST = 500  # letters of an address that nobody meant to print; what fits on a sheet, the press knows
_EMPTY: Mapping[str, object] = MappingProxyType({})


def read_mapping(reader: Reader, name: str, lists: tuple[str, ...] = ()) -> Mapping[str, object]:
    """Return a YAML mapping for readers: references resolved, figures checked, frozen; it must hold `lists`."""
    found = reader.mapping(read_yaml(reader.root / name, f"content/{name}", reader.report), f"content/{name}")
    for key in lists:
        if not isinstance(found.get(key), tuple):
            reader.report(Problem(f"content/{name}", f"ขาด {key}: ที่เป็นรายการ"))
    return found


def read_raw_mapping(reader: Reader, name: str) -> Mapping[str, object]:
    """Return a YAML mapping for machines, frozen; an absent file is an empty one."""
    path = reader.root / name
    value = freeze(read_yaml(path, f"content/{name}", reader.report)) if path.exists() else None
    return value if isinstance(value, Mapping) else _EMPTY


def read_terms(reader: Reader) -> Terms:
    """Return the words that machines must know."""
    raw = read_raw_mapping(reader, "data/terms.yml")

    def words(key: str) -> tuple[str, ...]:
        value = raw.get(key, ())
        if isinstance(value, tuple):
            return tuple(str(word) for word in value)
        reader.report(Problem(f"content/data/terms.yml #{key}", "ต้องเป็นรายการ บรรทัดละคำ ขึ้นต้นด้วย -"))
        return ()

    return Terms(words("words"), words("nowrap"), words("nowrap_units"))


def read_questions(reader: Reader) -> tuple[tuple[Question, ...], tuple[Question, ...]]:
    """Return the answered questions, and those that the circular does not answer."""
    raw = read_mapping(reader, "data/faq.yml", lists=("answered", "open"))
    place = "content/data/faq.yml"
    answered = tuple(_question(reader, row, where) for where, row in _rows(reader, raw, place, "answered"))
    for question in answered:
        if not question.answer or not question.facts:
            reader.report(Problem(f"{place} #{question.id}", "คำถามที่ตอบแล้วต้องมี answer และ facts"))
    return answered, tuple(_question(reader, row, where) for where, row in _rows(reader, raw, place, "open"))


def _question(reader: Reader, row: Mapping[str, object], place: str) -> Question:
    facts = _known_facts(reader, row, place)
    name, group, question, answer = (str(row.get(key) or "").strip() for key in ("id", "group", "question", "answer"))
    if not name or not question:
        reader.report(Problem(place, "ขาด id หรือ question"))
    return Question(name, group, question, answer, facts)


def read_glossary(reader: Reader) -> tuple[Term, ...]:
    """Return the glossary in Thai order."""
    place = "content/data/glossary.yml"
    raw = reader.words(read_yaml(reader.root / "data/glossary.yml", place, reader.report), place)
    terms = []
    for number, row in enumerate(raw if isinstance(raw, tuple) else (), 1):
        where = f"{place} #[{number}]"
        if not isinstance(row, Mapping) or not row.get("term") or not row.get("meaning"):
            reader.report(Problem(where, "ขาด term หรือ meaning"))
            continue
        terms.append(Term(str(row["term"]), str(row["meaning"]), _known_facts(reader, row, where)))
    return tuple(sorted(terms, key=lambda term: thai.sort_key(term.term)))


def _known_facts(reader: Reader, row: Mapping[str, object], place: str) -> tuple[str, ...]:
    facts = row.get("facts")
    ids = tuple(str(fact_id) for fact_id in facts) if isinstance(facts, tuple) else ()
    for fact_id in ids:
        if fact_id not in reader.facts:
            reader.report(Problem(place, f"ไม่รู้จักที่มา {fact_id} ดูรหัสใน content/data/facts.yml"))
    return ids


def _rows(
    reader: Reader, raw: Mapping[str, object], place: str, key: str
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield each row of a list with its place; a row that is no mapping is a problem."""
    rows = raw.get(key)
    for number, row in enumerate(rows if isinstance(rows, tuple) else (), 1):
        where = f"{place} #{key}[{number}]"
        if isinstance(row, Mapping):
            yield where, row
        else:
            reader.report(Problem(where, "ต้องเป็นรายการของ ชื่อ: ค่า"))


def read_provinces(reader: Reader) -> tuple[Province, ...]:
    """Return the 77 provinces in Thai order, each with its office."""
    offices = _read_offices(reader)
    rows = read_csv(reader.root / "data/provinces.csv", "content/data/provinces.csv", _PROVINCE_COLUMNS, reader.report)
    provinces = []
    for row in rows:
        if row["code"] not in offices:
            reader.report(Problem("content/data/offices.csv", f"ไม่มีแถวของจังหวัด {row['code']} {row['name_th']}"))
        office = offices.get(row["code"]) or Office(f"สำนักงานแรงงานจังหวัด{row['name_th']}", *[""] * 7)
        provinces.append(Province(**row, office=office))
    return tuple(sorted(provinces, key=lambda province: thai.sort_key(province.name_th)))


def _read_offices(reader: Reader) -> dict[str, Office]:
    place = "content/data/offices.csv"
    offices: dict[str, Office] = {}
    for line, row in enumerate(read_csv(reader.root / "data/offices.csv", place, _OFFICE_COLUMNS, reader.report), 2):
        code = thai.arabic_digits(row.pop("province_code"))
        for message in (*_office_faults(code, row), *_mended(row)):
            reader.report(Problem(f"{place}:{line}", message))
        if code in offices:
            reader.report(Problem(f"{place}:{line}", f"จังหวัด {code} มีสองแถว"))
        offices[code] = Office(
            row["office_name_th"], row["address_th"], _show_phones(row["phone"]), row["email"], row["website"],
            row["opening_hours"], row["verified_on"], row["verified_by"],
        )  # fmt: skip
    return offices


def _office_faults(code: str, row: Mapping[str, str]) -> list[str]:
    faults = []
    if not areas.is_province(code):
        faults.append(f"ไม่มีจังหวัดรหัส {code}")
    if not row["office_name_th"]:
        faults.append("ขาดชื่อสำนักงาน (office_name_th)")
    if row["phone"] and not all(thai.phone(_split_extension(part)[0]) for part in row["phone"].split(",")):
        faults.append(f"เบอร์โทร {row['phone']} ไม่ถูก เขียนแบบ 0 2232 1160 หรือ 0 2232 1160 ต่อ 12 คั่นหลายเบอร์ด้วย ,")
    if row["email"] and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}", row["email"]):
        faults.append(f"อีเมล {row['email']} ไม่ถูก ต้องมี @ เช่น name@example.go.th")
    if row["website"] and not row["website"].startswith(("https://", "http://")):
        faults.append("เว็บไซต์ต้องขึ้นต้นด้วย https://")
    if any(row[key] for key in ("address_th", "phone", "email", "website")) and not is_date(row["verified_on"]):
        faults.append("ใส่วันที่ตรวจ (verified_on) แบบ 2026-12-31 เมื่อมีข้อมูลติดต่อ")
    return faults


def _mended(row: dict[str, str]) -> Iterator[str]:
    """Yield what is wrong with the words of an office; what was told is mended, so that nobody tells it again."""
    for key in ("office_name_th", "address_th", "opening_hours"):
        if key != "office_name_th" and len(row[key]) > _LONGEST:
            yield f"{key} ยาว {len(row[key])} ตัวอักษร ตัดให้เหลือไม่เกิน {_LONGEST} ช่องบนแผ่นพับรับได้ราวสี่บรรทัด"
            row[key] = ""
        if (plain := thai.arabic_digits(row[key])) != row[key]:
            yield f"{key} มีเลขไทย ใช้ 0-9 ทั้งหมด: {plain}"
            row[key] = plain


def _split_extension(text: str) -> tuple[str, str]:
    number, _, extension = text.partition("ต่อ")
    return number.strip(), extension.strip()


def _show_phones(text: str) -> str:
    shown = []
    for part in text.split(",") if text else ():
        number, extension = _split_extension(part)
        plain = thai.show_phone(thai.phone(number) or number)
        shown.append(f"{plain} ต่อ {thai.arabic_digits(extension)}" if extension else plain)
    return ", ".join(shown)


def read_forms(reader: Reader) -> Mapping[str, Form]:
    """Return the forms by id, labels resolved."""
    forms = {}
    for path in sorted((reader.root / "forms").glob("*.yml")):
        place = reader.place(path)
        raw = reader.mapping(read_yaml(path, place, reader.report), place, claims=False, machine=FORM_KEYS)
        if raw and (form := read_form(raw, place, reader.problems)):
            forms[form.id] = form
    return MappingProxyType(forms)


def read_leaflets(reader: Reader) -> Mapping[str, Mapping[str, object]]:
    """Return what stands on each leaflet, by its file's name, references resolved."""
    paths = sorted((reader.root / "leaflets").glob("*.yml"))
    return MappingProxyType({path.stem: read_mapping(reader, f"leaflets/{path.name}") for path in paths})


def read_prints(reader: Reader) -> tuple[Print, ...]:
    """Return what is printed, in the order in which it is offered."""
    raw = read_mapping(reader, "data/prints.yml", lists=("prints",))
    rows = raw.get("prints", ())
    return tuple(_print(reader, row) for row in (rows if isinstance(rows, tuple) else ()) if isinstance(row, Mapping))


def _print(reader: Reader, row: Mapping[str, object]) -> Print:
    place = f"content/data/prints.yml #{row.get('name', '')}"
    for key in ("name", "title", "use", "paper"):
        if not isinstance(row.get(key), str) or not row[key]:
            reader.report(Problem(place, f"ขาด {key}"))
    size, editions = row.get("size"), row.get("editions")
    if not (isinstance(size, tuple) and len(size) == 2 and all(isinstance(side, int) for side in size)):
        reader.report(Problem(place, "size ต้องเป็นตัวเลขสองตัว เช่น [297, 210]"))
        size = (210, 297)
    if not isinstance(editions, tuple) or not editions or set(editions) - set(EDITIONS):
        reader.report(Problem(place, f"editions ต้องเป็นรายการของ {', '.join(EDITIONS)}"))
        editions = ()
    name, title, use, paper = (str(row.get(key, "")) for key in ("name", "title", "use", "paper"))
    provinces = str(row.get("provinces", "all"))
    if provinces not in PROVINCES:
        reader.report(Problem(place, f"provinces ต้องเป็น {' หรือ '.join(PROVINCES)}"))
    twins = {key: row.get(key, False) for key in ("booklet", "two_up")}
    for key in (key for key, there in twins.items() if not isinstance(there, bool)):
        reader.report(Problem(place, f"{key} ต้องเป็น true หรือ false"))
    version, day = _version(reader, row, place)
    audience, fold, twin = _shelf(reader, row, place)
    return Print(
        name=name,
        title=title,
        use=use,
        paper=paper,
        size=(size[0], size[1]),
        editions=tuple(map(str, editions)),
        version=version,
        day=day,
        provinces=provinces,
        booklet=bool(twins["booklet"]),
        two_up=bool(twins["two_up"]),
        audience=audience,
        fold=fold,
        twin=twin,
        enlarged=_enlarged(reader, row, place, (size[0], size[1])),
    )


def _shelf(reader: Reader, row: Mapping[str, object], place: str) -> tuple[str, str, str]:
    """Return whom a print is for, how it is folded, and which page says the same."""
    audience, fold, twin = str(row.get("for", "public")), str(row.get("fold", "flat")), str(row.get("twin", ""))
    if audience not in AUDIENCES or fold not in FOLDS:
        reader.report(Problem(place, f"for ต้องเป็น {' หรือ '.join(AUDIENCES)} และ fold ต้องเป็น {' หรือ '.join(FOLDS)}"))
    return audience, fold, twin


def _enlarged(reader: Reader, row: Mapping[str, object], place: str, size: tuple[int, int]) -> tuple[str, ...]:
    """Return the papers that a print is enlarged to."""
    raw = row.get("enlarged", ())
    larger = tuple(map(str, raw)) if isinstance(raw, tuple) else ("",)
    if any(PAPERS.get(name, size) <= size for name in larger) or (larger and size not in PAPERS.values()):
        reader.report(Problem(place, f"enlarged ต้องเป็นรายการกระดาษที่ใหญ่กว่า size เลือกจาก {', '.join(PAPERS)}"))
        return ()
    return larger


def _version(reader: Reader, row: Mapping[str, object], place: str) -> tuple[int, date]:
    version, day = row.get("version"), str(row.get("date"))
    if isinstance(version, int) and version >= 1 and is_date(day):
        return version, date.fromisoformat(day)
    reader.report(Problem(place, "version ต้องเป็นเลขตั้งแต่ 1 และ date ต้องเป็นวันที่ เช่น 2026-11-30"))
    return 1, date.min


def read_versions(reader: Reader) -> Mapping[str, Recorded]:
    """Return what was noted of each print when it got its version, by its name."""
    found = {}
    for name, row in read_raw_mapping(reader, "data/versions.yml").items():
        version, words = (row.get("version"), row.get("words")) if isinstance(row, Mapping) else (None, None)
        if isinstance(version, int) and words:
            found[name] = Recorded(name, version, str(words))
        else:
            reader.report(
                Problem(f"content/data/versions.yml #{name}", "อ่านไม่ได้ ลบบรรทัดนี้ แล้วใช้คำสั่ง site-builder version")
            )
    return MappingProxyType(found)
