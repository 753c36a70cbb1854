"""Pages and the records written as Markdown: measures, benefits and steps."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from site_builder.content_reader import Reader
from site_builder.problems import Problem
from site_builder.reading import MarkdownFile, read_markdown
from site_builder.records import Benefit, English, Measure, Page, Step

# Folders whose numbered files are parts of their index page, or of a booklet, not pages of their own.
_PARTS = ("benefits", "register", "handbook")
_HEADS = {"register": "mango", "who": "mango", "measures": "indigo", "timeline": "indigo", "model": "indigo",
          "benefits": "pandan", "trainers": "pandan", "provinces": "pandan"}  # fmt: skip
_PAGE_KEYS = frozenset({"title", "summary", "sources", "source_note", "keywords", "head", "icon", "layout"})
_ENGLISH_KEYS = ("title", "summary", "leaflet")
LAYOUTS = frozenset(
    {"article", "front", "self_check", "measures", "benefits", "steps", "faq", "glossary", "timeline", "provinces",
     "leaflets", "sources", "committee"}
)  # fmt: skip


def read_pages(reader: Reader) -> tuple[Page, ...]:
    """Return every page, in the order of their addresses."""
    paths = [path for path in sorted(reader.root.rglob("*.md")) if not _is_part(path, reader.root)]
    files = [read_markdown(path, reader.place(path), reader.report) for path in paths]
    pages = tuple(_page(reader, file) for file in files if file)
    seen: dict[str, str] = {}
    for page in pages:
        if page.title in seen:
            reader.report(Problem(f"{page.path}:2", f"ชื่อหน้าซ้ำกับ {seen[page.title]}"))
        seen.setdefault(page.title, page.path)
    return pages


def measures(reader: Reader, pages: tuple[Page, ...]) -> tuple[Measure, ...]:
    """Return the measures out of their pages, by number."""
    found = []
    for page in pages:
        if page.url.startswith("/measures/k"):
            number = _number(reader, page.path, page.extra)
            texts = _texts(reader, page.path, page.extra, ("fact", "short", "card", "leaflet"))
            _check_fact(reader, page.path, texts["fact"])
            english = _english(reader, page.path, page.extra, (*_ENGLISH_KEYS, "card"))
            found.append(Measure(number, icon=page.icon, page=page, en=english, **texts))
    return tuple(sorted(found, key=lambda measure: measure.number))


def read_benefits(reader: Reader) -> tuple[Benefit, ...]:
    """Return the benefits of the leaflet, by number."""
    found = []
    for file, meta in _parts(reader, "benefits"):
        texts = _texts(reader, file.path, meta, ("title", "fact", "icon", "summary", "leaflet"))
        _check_fact(reader, file.path, texts["fact"])
        if not isinstance(meta.get("waits"), bool):
            reader.report(Problem(f"{file.path}:2", "ต้องมี waits: true (รอกฎหมาย) หรือ false"))
        body = reader.body(file.body, file.path, file.line)
        number = _number(reader, file.path, meta)
        waits = bool(meta.get("waits"))
        english = _english(reader, file.path, meta, _ENGLISH_KEYS)
        found.append(Benefit(number, waits=waits, body=body, path=file.path, line=file.line, en=english, **texts))
    return tuple(sorted(found, key=lambda benefit: benefit.number))


def read_steps(reader: Reader) -> tuple[Step, ...]:
    """Return the steps in the app, by number."""
    found = []
    for file, meta in _parts(reader, "register"):
        texts = _texts(reader, file.path, meta, ("title", "fact", "icon", "summary", "leaflet"))
        _check_fact(reader, file.path, texts["fact"])
        body = reader.body(file.body, file.path, file.line)
        number, english = _number(reader, file.path, meta), _english(reader, file.path, meta, _ENGLISH_KEYS)
        found.append(Step(number, body=body, path=file.path, line=file.line, en=english, **texts))
    return tuple(sorted(found, key=lambda step: step.number))


def _is_part(path: Path, root: Path) -> bool:
    relative = path.relative_to(root)
    return relative.parts[0] in _PARTS and relative.name[0].isdigit()


def _page(reader: Reader, file: MarkdownFile) -> Page:
    plain = file.path.removeprefix("content/").removesuffix(".md")
    folder = plain.removesuffix("index").strip("/")
    meta = reader.mapping(file.meta, file.path)
    texts = _texts(reader, file.path, meta, ("title", "summary"))
    layout = str(meta.get("layout", "article"))
    if layout not in LAYOUTS:
        reader.report(Problem(f"{file.path}:2", f"ไม่รู้จัก layout {layout}"))
        layout = "article"
    return Page(
        path=file.path,
        url=f"/{folder}/" if folder else "/",
        title=texts["title"] or plain,
        summary=texts["summary"],
        sources=_sources(reader, file.path, meta),
        source_note=str(meta.get("source_note") or ""),
        keywords=_list(meta.get("keywords")),
        head=str(meta.get("head") or _HEADS.get(folder.split("/")[0], "bamboo")),
        icon=str(meta.get("icon") or ""),
        layout=layout,
        body=reader.body(file.body, file.path, file.line),
        line=file.line,
        extra=MappingProxyType({key: value for key, value in meta.items() if key not in _PAGE_KEYS}),
    )


def _sources(reader: Reader, path: str, meta: Mapping[str, object]) -> tuple[str, ...]:
    sources = _list(meta.get("sources"))
    if not sources and not meta.get("source_note"):
        reader.report(Problem(f"{path}:2", "ต้องมี sources: (รหัสที่มา) หรือ source_note: บอกว่าทำไมไม่มี"))
    for fact_id in sources:
        _check_fact(reader, path, fact_id)
    return sources


def _parts(reader: Reader, folder: str) -> list[tuple[MarkdownFile, Mapping[str, object]]]:
    paths = sorted((reader.root / folder).glob("[0-9]*.md"))
    files = (read_markdown(path, reader.place(path), reader.report) for path in paths)
    return [(file, reader.mapping(file.meta, file.path)) for file in files if file]


def _texts(reader: Reader, path: str, meta: Mapping[str, object], keys: tuple[str, ...]) -> dict[str, str]:
    texts = {key: str(meta.get(key) or "").strip() for key in keys}
    for key, text in texts.items():
        if not text:
            reader.report(Problem(f"{path}:2", f"ขาด {key}: ในส่วนหัว"))
    return texts


def _english(reader: Reader, path: str, meta: Mapping[str, object], keys: tuple[str, ...]) -> English:
    """Return the English words of a record, which stand below `en:` beside the Thai ones."""
    words = meta.get("en")
    if not isinstance(words, Mapping):
        reader.report(Problem(f"{path}:2", f"ขาด en: คำภาษาอังกฤษ ({', '.join(keys)}) ในส่วนหัว"))
        return English("", "", "")
    texts = {key: str(words.get(key) or "").strip() for key in keys}
    for key, text in texts.items():
        if not text:
            reader.report(Problem(f"{path}:2", f"ขาด en.{key}: คำภาษาอังกฤษ ในส่วนหัว"))
    return English(**texts)


def _number(reader: Reader, path: str, meta: Mapping[str, object]) -> int:
    number = meta.get("number")
    if isinstance(number, int) and not isinstance(number, bool):
        return number
    reader.report(Problem(f"{path}:2", "ขาด number: ลำดับที่ (1, 2, 3 …)"))
    return 0


def _check_fact(reader: Reader, path: str, fact_id: str) -> None:
    if fact_id and fact_id not in reader.facts:
        reader.report(Problem(f"{path}:2", f"ไม่รู้จักที่มา {fact_id} ดูรหัสใน content/data/facts.yml"))


def _list(value: object) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, tuple | list) else ()
