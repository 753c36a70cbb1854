"""The data dictionary, `docs/forms.md`, out of the forms themselves."""

from collections.abc import Iterable, Iterator, Mapping

from site_builder.forms.fields import Field, Given
from site_builder.forms.form import Form
from site_builder.forms.places import Area, SessionChoice

_HEAD = """\
# Data dictionary of the forms

Made from `content/forms/` by `site-builder docs`; do not edit by hand (a test compares the two).
Columns are named as the fields are.
A choice is kept as its code, a place as its DOPA code, a time as ISO 8601, a telephone number as bare digits.
Each row also keeps `form_version`, the hash of the definition under which it was answered.
"""


def form_docs(forms: Mapping[str, Form] | Iterable[Form]) -> str:
    """Return the data dictionary of `forms` in Markdown."""
    listed = forms.values() if isinstance(forms, Mapping) else forms
    return _HEAD + "".join("\n" + "\n".join(_form(form)) + "\n" for form in sorted(listed, key=lambda form: form.id))


def _form(form: Form) -> Iterator[str]:
    yield f"## `{form.id}`: {form.title}\n"
    yield f"Definition `content/forms/{form.id}.yml`, form_version `{form.version}`.\n"
    if form.rules:
        yield f"Rules over several answers: {', '.join(f'`{rule.__name__}`' for rule in form.rules)}.\n"
    yield "| field | question | type | required | personal | encrypted | kept as | why | legal basis | kept until |"
    yield "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"
    for field in form.fields:
        yield "| " + " | ".join(_cell(text) for text in _row(field)) + " |"
    yield ""
    for field in form.fields:
        options = () if isinstance(field, Area | SessionChoice) else field.options(Given())
        if options:
            codes = " · ".join(f"`{option.code}` {option.label}" for option in options)
            yield f"- `{field.name}`: {codes}"


def _row(field: Field) -> tuple[str, ...]:
    kept = "INTEGER" if field.column is int else "TEXT"
    marks = ("yes" if flag else "no" for flag in (field.required, field.personal, field.secret))
    why = (field.purpose, field.legal_basis, field.retention)
    return (f"`{field.name}`", field.short, field.kind, *marks, kept, *why)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
