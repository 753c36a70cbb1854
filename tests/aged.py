"""The content as it will be when every print is in its third version."""

from dataclasses import replace
from datetime import date

from site_builder.content import Content

AGE, DAY = 3, date(2027, 2, 1)


def aged(content: Content) -> Content:
    """Return the content with every print in a later version."""
    return replace(content, prints=tuple(replace(each, version=AGE, day=DAY) for each in content.prints))
