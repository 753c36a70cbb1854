"""The trainer's handbook: chapters of words, with the content's own records where a chapter names them."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType

from site_builder.content_reader import Reader
from site_builder.forms import Form
from site_builder.problems import Problem
from site_builder.reading import MarkdownFile, read_markdown
from site_builder.records import Benefit, Chapter, Measure, Page, Question, Record, Step, Term, Words
from site_builder.references import source_ids

FOLDER = "handbook"
_SHOW = re.compile(r"^\[\[\s*show:\s*([^\]]*?)\s*\]\][ \t]*$", re.MULTILINE)
_SECTION = re.compile(r"^(#{2,6}) [^\n]*\{#([\w-]+)\}[ \t]*$", re.MULTILINE)
_KEYS = ("title", "lead", "icon")


def shelf(
    measures: Iterable[Measure],
    benefits: Iterable[Benefit],
    steps: Iterable[Step],
    questions: Iterable[Question],
    glossary: Iterable[Term],
    forms: Mapping[str, Form],
) -> Mapping[str, Record]:
    """Return what a chapter can show, by the name it is called there: `step.7`, `question.q01`, `form.help_request`."""
    found: dict[str, Record] = {f"measure.{measure.number}": measure for measure in measures}
    found |= {f"benefit.{benefit.number}": benefit for benefit in benefits}
    found |= {f"step.{step.number}": step for step in steps}
    found |= {f"question.{question.id}": question for question in questions}
    found |= {f"term.{term.term}": term for term in glossary}
    found |= {f"form.{form.id}": form for form in forms.values()}
    return MappingProxyType(found)


def read_handbook(reader: Reader, pages: Sequence[Page], records: Mapping[str, Record]) -> tuple[Chapter, ...]:
    """Return the chapters by number; `records` are those of `shelf`, sections are taken from `pages`."""
    paths = sorted((reader.root / FOLDER).glob("*.md"))
    files = [file for path in paths if (file := read_markdown(path, reader.place(path), reader.report))]
    names = _names(files, records)
    chapters = [_chapter(reader, file, pages, records, names) for file in files]
    for number, chapter in enumerate(chapters, 1):
        if chapter.number != number:
            told = f"number: ต้องเป็น {number} ให้ตรงกับลำดับของชื่อไฟล์ในโฟลเดอร์นี้ (01-…, 02-…)"
            reader.report(Problem(f"{chapter.path}:2", told))
    return tuple(chapters)


def _names(files: Iterable[MarkdownFile], records: Mapping[str, Record]) -> Mapping[str, str]:
    """Return what chapters may refer to beside facts, settings and phrases: one another, and fields of the forms."""
    names = {f"chapter.{_id(file)}": f"[บทที่ {file.meta.get('number')}](#chapter-{_id(file)})" for file in files}
    forms = [record for record in records.values() if isinstance(record, Form)]
    for form in forms:
        for field in form.fields:
            names[f"field.{form.id}.{field.name}"] = f"ข้อ {form.number(field.name)} ({field.label})"
    return names


def _id(file: MarkdownFile) -> str:
    """Return what a chapter is called in references: its file's name without the number before it."""
    return file.path.rpartition("/")[2].removesuffix(".md").lstrip("0123456789").lstrip("-")


def _chapter(
    reader: Reader,
    file: MarkdownFile,
    pages: Sequence[Page],
    records: Mapping[str, Record],
    names: Mapping[str, str],
) -> Chapter:
    meta = reader.mapping(file.meta, file.path)
    texts = {key: str(meta.get(key) or "").strip() for key in _KEYS}
    for key in (key for key, text in texts.items() if not text):
        reader.report(Problem(f"{file.path}:2", f"ขาด {key}: ในส่วนหัว"))
    number = meta.get("number")
    parts = tuple(_parts(reader, file, pages, records, names))
    chapter = Chapter(
        id=_id(file),
        number=number if isinstance(number, int) and not isinstance(number, bool) else 0,
        sources=tuple(dict.fromkeys(fact_id for part in parts for fact_id in _facts(part))),
        source_note=str(meta.get("source_note") or ""),
        parts=parts,
        path=file.path,
        **texts,
    )
    if not chapter.sources and not chapter.source_note:
        told = "ต้องมีที่มาอย่างน้อยหนึ่งแห่ง [[src: รหัส]] หรือ source_note: บอกว่าทำไมไม่มี"
        reader.report(Problem(f"{file.path}:2", told))
    return chapter


def _parts(
    reader: Reader,
    file: MarkdownFile,
    pages: Sequence[Page],
    records: Mapping[str, Record],
    names: Mapping[str, str],
) -> Iterator[Record]:
    """Yield the words between the `[[show: …]]` lines and what those lines show, in reading order."""
    start = 0
    for match in [*_SHOW.finditer(file.body), None]:
        end = match.start() if match else len(file.body)
        if (text := file.body[start:end]).strip():
            line = file.line + file.body.count("\n", 0, start)
            yield Words(file.path, reader.body(text, file.path, line, names), line)
        for name in match.group(1).split() if match else ():
            record = _section(pages, name) if name.startswith("section.") else records.get(name)
            if record is None:
                line = file.line + file.body.count("\n", 0, end)
                reader.report(Problem(f"{file.path}:{line}", f"ไม่รู้จัก {name} ใน [[show: …]] ดูวิธีใช้ใน docs/editing.md"))
            else:
                yield record
        start = match.end() if match else end


def _section(pages: Iterable[Page], name: str) -> Words | None:
    """Return a section of a page, its heading included: `section.trainers/door#say`; None where there is none."""
    address, _, wanted = name.removeprefix("section.").partition("#")
    page = next((page for page in pages if page.url == f"/{address}/"), None)
    headings = list(_SECTION.finditer(page.body)) if page else []
    for at, heading in enumerate(headings):
        if page and heading.group(2) == wanted:
            level = len(heading.group(1))
            end = next((later.start() for later in headings[at + 1 :] if len(later.group(1)) <= level), len(page.body))
            line = page.line + page.body.count("\n", 0, heading.start())
            return Words(page.path, page.body[heading.start() : end], line)
    return None


def _facts(part: Record) -> Iterable[str]:
    """Return the facts a part rests on."""
    if isinstance(part, Words):
        return [fact_id for ids in source_ids(part.body) for fact_id in ids]
    if isinstance(part, Question | Term):
        return part.facts
    return () if isinstance(part, Form) else (part.fact,)
