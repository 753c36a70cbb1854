"""A form: its pages, its questions, and how a whole set of answers is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

from site_builder.forms.after import After
from site_builder.forms.fields import Field, FieldError, Given, Opening
from site_builder.forms.keeping import Keeping
from site_builder.forms.rules import Rule

Typed = Mapping[str, Sequence[str]]  # what was sent for each field, as it was typed


@dataclass(frozen=True)
class FormPage:
    """One topic, asked on one screen."""

    id: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Reading:
    """Answers after reading: every field is in `values` (None where empty or wrong); `errors` say what to do."""

    values: Mapping[str, str | int | None]
    errors: Mapping[str, str]
    typed: Typed


@dataclass(frozen=True)
class Form:
    """A form as `content/forms/<id>.yml` defines it; `version` is a short hash of that definition."""

    id: str
    title: str
    short: str
    lead: str
    version: str
    pages: tuple[FormPage, ...]
    rules: tuple[Rule, ...]
    after: Mapping[str, After]  # by state: what is told once it is kept
    keeping: Keeping

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Return the questions in the order in which they are asked."""
        return tuple(field for page in self.pages for field in page.fields)

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Return the questions by name."""
        return {field.name: field for field in self.fields}

    def field(self, name: str) -> Field:
        """Return the question of that name; KeyError where there is none."""
        return self.by_name[name]

    def number(self, name: str) -> int:
        """Return the number of that question, from 1: the same on the web and on paper; ValueError if there is none."""
        return [field.name for field in self.fields].index(name) + 1

    def page(self, page_id: str) -> FormPage | None:
        """Return the page of that id, or None."""
        return next((page for page in self.pages if page.id == page_id), None)

    def page_of(self, name: str) -> FormPage:
        """Return the page that asks for the field of that name."""
        return next(page for page in self.pages if any(field.name == name for field in page.fields))

    def read(self, typed: Typed, openings: Sequence[Opening] = ()) -> Reading:
        """Return the canonical answers and what is wrong with them; a field sees the answers before it."""
        values: dict[str, str | int | None] = dict.fromkeys(self.by_name)
        errors: dict[str, str] = {}
        given = Given(values, openings)  # sees each answer as soon as it is read
        for field in self.fields:
            try:
                values[field.name] = field.read(typed.get(field.name, ()), given)
            except FieldError as error:
                errors[field.name] = str(error)
        for rule in self.rules:
            for name, message in rule(values).items():
                errors.setdefault(name, message)
        kept = {name: tuple(typed[name]) for name in values if name in typed}
        return Reading(MappingProxyType(values), MappingProxyType(errors), MappingProxyType(kept))

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema (2020-12) of a set of answers."""
        return {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": self.title,
            "type": "object",
            "properties": {field.name: {"title": field.short} | field.schema() for field in self.fields},
            "required": [field.name for field in self.fields if field.required],
            "additionalProperties": False,
        }
