"""Reading the files an editor writes: YAML, CSV and Markdown with front matter, each fault with its place."""

import csv
import io
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import yaml

try:
    from yaml import CSafeLoader as SafeLoader  # libyaml: eight times as quick, and a command starts with reading
except ImportError:  # a PyYAML built without it
    from yaml import SafeLoader  # type: ignore[assignment]

from site_builder import thai
from site_builder.problems import Problem

Report = Callable[[Problem], None]


@dataclass(frozen=True)
class MarkdownFile:
    """A page as written: its front matter and its body, which starts at `line`."""

    path: str
    meta: Mapping[str, object]
    body: str
    line: int


def read_text(path: Path, place: str, report: Report) -> str | None:
    """Return a file's text in canonical Thai, or None with a problem reported."""
    try:
        return thai.normalise(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        report(Problem(place, "ไม่พบไฟล์นี้"))
    except UnicodeDecodeError:
        report(Problem(place, "ไฟล์นี้ไม่ใช่ UTF-8 บันทึกใหม่เป็น UTF-8"))
    return None


def read_yaml(path: Path, place: str, report: Report) -> object:
    """Return what a YAML file holds, or None with a problem reported."""
    text = read_text(path, place, report)
    return None if text is None else parse_yaml(text, place, 1, report)


class _Loader(SafeLoader):
    """Notes each key that a mapping has twice; YAML would keep the last one silently."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.twice: list[tuple[str, int]] = []

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, object]:
        """Return the mapping of `node`."""
        seen = set[str]()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                continue
            if key.value in seen:
                self.twice.append((key.value, key.start_mark.line))
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def parse_yaml(text: str, place: str, line: int, report: Report) -> object:
    """Return what YAML `text` holds, or None with a problem that names the line."""
    try:
        loader = _Loader(text)
        value: object = loader.get_single_data()
        for key, at in loader.twice:
            report(Problem(f"{place}:{at + line}", f"{key}: มีสองครั้ง ลบออกให้เหลือบรรทัดเดียว"))
        return value
    except yaml.MarkedYAMLError as error:
        at = error.problem_mark.line + line if error.problem_mark else line
        report(Problem(f"{place}:{at}", f'อ่าน YAML ไม่ได้ ({error.problem}) ถ้าข้อความมี : ให้ใส่ในเครื่องหมาย "…"'))
    except yaml.YAMLError as error:
        report(Problem(place, f"อ่าน YAML ไม่ได้ ({error})"))
    return None


def read_markdown(path: Path, place: str, report: Report) -> MarkdownFile | None:
    """Return a Markdown file with its front matter, or None with a problem reported."""
    text = read_text(path, place, report)
    if text is None:
        return None
    if not text.startswith("---\n") or "\n---\n" not in text[3:]:
        report(Problem(f"{place}:1", "ต้องขึ้นต้นด้วยส่วนหัว --- … --- ที่มี title และ summary"))
        return None
    head, _, body = text[4:].partition("\n---\n")
    meta = parse_yaml(head, place, 2, report)
    if not isinstance(meta, dict):
        report(Problem(f"{place}:2", "ส่วนหัวต้องเป็นบรรทัดแบบ ชื่อ: ค่า"))
        return None
    stripped = body.lstrip("\n")
    line = head.count("\n") + 4 + (len(body) - len(stripped))
    return MarkdownFile(place, meta, stripped.rstrip() + "\n" if stripped.strip() else "", line)


def read_csv(path: Path, place: str, columns: tuple[str, ...], report: Report) -> list[dict[str, str]]:
    """Return the rows of a CSV file as stripped text; a missing column is a problem and gives no rows."""
    text = read_text(path, place, report)
    if text is None:
        return []
    reader = csv.DictReader(io.StringIO(text))
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        report(Problem(f"{place}:1", f"ขาดคอลัมน์ {', '.join(missing)}"))
        return []
    return [{key: (row.get(key) or "").strip() for key in columns} for row in reader]


def freeze(value: object) -> object:
    """Return `value` with every mapping and list in it made immutable."""
    if isinstance(value, Mapping):
        return MappingProxyType({str(key): freeze(item) for key, item in value.items()})
    if isinstance(value, list | tuple):
        return tuple(freeze(item) for item in value)
    return value


def map_strings(value: object, change: Callable[[str, str], str], place: str) -> object:
    """Return `value` with each string in it replaced by `change(text, place)`; places name the key path."""
    if isinstance(value, str):
        return change(value, place)
    if isinstance(value, Mapping):
        joint = "." if "#" in place else " #"
        return {key: map_strings(item, change, f"{place}{joint}{key}") for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [map_strings(item, change, f"{place}[{number}]") for number, item in enumerate(value, 1)]
    return value
