"""The content: every word and list under `content/`, read once, checked, resolved and frozen.

Only this module opens files there. Outputs (site, leaflets, forms) are functions of the `Content` it returns.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from site_builder import content_checks, content_data, content_handbook, content_pages
from site_builder.content_reader import Reader
from site_builder.facts import Facts
from site_builder.forms import Form
from site_builder.problems import ContentErrors, Problem
from site_builder.records import (
    Benefit,
    Chapter,
    Measure,
    Page,
    Print,
    Province,
    Question,
    Recorded,
    Setting,
    Step,
    Term,
    Terms,
)
from site_builder.thai import thai_date

CONTENT = Path(__file__).resolve().parent.parent / "content"


@dataclass(frozen=True)
class Content:
    """All words and lists of the project. Mappings and tuples only; nothing in it can be changed."""

    root: Path
    facts: Facts
    settings: Mapping[str, Setting]
    phrases: Mapping[str, str]
    pages: tuple[Page, ...]
    measures: tuple[Measure, ...]
    benefits: tuple[Benefit, ...]
    steps: tuple[Step, ...]
    questions: tuple[Question, ...]
    open_questions: tuple[Question, ...]
    glossary: tuple[Term, ...]
    timeline: Mapping[str, object]
    committee: Mapping[str, object]
    provinces: tuple[Province, ...]
    forms: Mapping[str, Form]
    leaflets: Mapping[str, Mapping[str, object]]
    prints: tuple[Print, ...]
    recorded: Mapping[str, Recorded]
    handbook: tuple[Chapter, ...]
    terms: Terms
    voice: Mapping[str, object]

    def page(self, url: str) -> Page:
        """Return the page at `url`; raises KeyError where there is none."""
        for page in self.pages:
            if page.url == url:
                return page
        raise KeyError(url)

    def province(self, code: str) -> Province:
        """Return a province by DOPA code; raises KeyError for an unknown one."""
        for province in self.provinces:
            if province.code == code:
                return province
        raise KeyError(code)

    def print(self, name: str) -> Print:
        """Return something that is printed by its name; raises KeyError for an unknown one."""
        for each in self.prints:
            if each.name == name:
                return each
        raise KeyError(name)

    def version_line(self, printed: Print) -> str:
        """Return the version and the day of a print as paper and pages say it: `รุ่น 1 · 30 พ.ย. 2569`."""
        return f"{self.phrases['prints_version']} {printed.version} · {thai_date(printed.day, 'short')}"

    @property
    def site_url(self) -> str:
        """Return the public address without a final slash, or an empty string while no office has set it."""
        return self.settings["site_url"].value.rstrip("/")


def load_content(root: Path = CONTENT) -> Content:
    """Return the content under `root`; raises ContentErrors with every problem found."""
    content, problems = read_content(root)
    if problems:
        raise ContentErrors(problems)
    return content


def read_content(root: Path = CONTENT) -> tuple[Content, tuple[Problem, ...]]:
    """Return the content under `root` as far as it can be read, and every problem found, in reading order.

    A build that wants to tell an editor everything at once goes on with a faulty content to see what
    the outputs have to say of it, and then fails.
    """
    reader = Reader.open(root)
    pages = content_pages.read_pages(reader)
    measures, benefits, steps = (
        content_pages.measures(reader, pages), content_pages.read_benefits(reader), content_pages.read_steps(reader)
    )  # fmt: skip
    answered, unanswered = content_data.read_questions(reader)
    glossary, forms = content_data.read_glossary(reader), content_data.read_forms(reader)
    records = content_handbook.shelf(measures, benefits, steps, (*answered, *unanswered), glossary, forms)
    content = Content(
        root=root,
        facts=reader.facts,
        settings=MappingProxyType(dict(reader.settings)),
        phrases=MappingProxyType({key: reader.plain_phrase(key) for key in reader.phrases}),
        pages=pages,
        measures=measures,
        benefits=benefits,
        steps=steps,
        questions=answered,
        open_questions=unanswered,
        glossary=glossary,
        timeline=content_data.read_mapping(reader, "data/timeline.yml", lists=("events", "next")),
        committee=content_data.read_mapping(reader, "data/committee.yml", lists=("posts", "duties")),
        provinces=content_data.read_provinces(reader),
        forms=forms,
        leaflets=content_data.read_leaflets(reader),
        prints=content_data.read_prints(reader),
        recorded=content_data.read_versions(reader),
        handbook=content_handbook.read_handbook(reader, pages, records),
        terms=content_data.read_terms(reader),
        voice=content_data.read_raw_mapping(reader, "data/voice.yml"),
    )
    content_checks.check_counts(reader, content.measures, content.benefits, content.steps, content.provinces)
    content_checks.check_phrases(reader)
    content_checks.check_retention(reader)
    content_checks.check_security(reader)
    content_checks.check_twins(reader, content.prints, content.pages)
    chapters = (words for chapter in content.handbook for words in chapter.words)
    content_checks.check_links(
        reader, content.pages, (*content.benefits, *content.steps, *chapters), content.forms, content.leaflets
    )
    return content, tuple(sorted(set(reader.problems)))
