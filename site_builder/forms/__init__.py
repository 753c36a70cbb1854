"""Forms, written once: content/forms/<id>.yml and a closed set of field types make page, check, column and docs."""

from site_builder.forms.after import REFERENCE_GROUPS
from site_builder.forms.docs import form_docs
from site_builder.forms.fields import Field, FieldError, Given, Opening, Option
from site_builder.forms.form import Form, FormPage, Reading
from site_builder.forms.reader import TYPES, read_form

__all__ = [
    "REFERENCE_GROUPS",
    "TYPES",
    "Field",
    "FieldError",
    "Form",
    "FormPage",
    "Given",
    "Opening",
    "Option",
    "Reading",
    "form_docs",
    "read_form",
]
