"""What WeasyPrint leaves undone in the tags of a book.

Heads, feet and page numbers become artifacts of paging, which nobody who listens wants on every page: they are tagged,
but their elements stand outside the structure tree. The cells at the head of a table say that they head a column.
"""

from collections.abc import Iterator
from typing import Any

import pydyf

from site_builder.press.marked import MARKED, resolve
from site_builder.press.runs import operations

PAGINATION = b"/Artifact <</Type /Pagination>> BDC"


def finish(pdf: pydyf.PDF) -> None:
    """Mend the tags of a PDF that WeasyPrint is about to write; to be called before the text layer adds to them."""
    _margins(pdf)
    for cell in (each for each in pdf.objects if isinstance(each, dict) and each.get("S") == "/TH"):
        cell["A"]["Scope"] = "/Column"


def _margins(pdf: pydyf.PDF) -> None:
    """Turn the marked content of elements that the structure tree does not hold into artifacts.

    Margins are painted last, so that theirs are the last numbers of a page; where they are not, the archive checks
    find marked content without an owner.
    """
    root = resolve(pdf, pdf.catalog["StructTreeRoot"])
    held = set(_held(pdf, root["K"]))
    numbers = resolve(pdf, root["ParentTree"])["Nums"]
    for page in (each for each in pdf.objects if isinstance(each, dict) and each.get("Type") == "/Page"):
        owners = numbers[2 * page["StructParents"] + 1]
        strangers = {at for at, owner in enumerate(owners) if owner not in held}
        if strangers:
            stream = resolve(pdf, page["Contents"])
            stream.stream[:] = [_as_artifact(each, strangers) for each in operations(stream.stream)]
            owners[:] = [owner for at, owner in enumerate(owners) if at not in strangers]


def _held(pdf: pydyf.PDF, kids: Any) -> Iterator[bytes]:
    """Yield the references of all elements below `kids`."""
    todo = list(kids)
    while todo:
        kid = todo.pop()
        if isinstance(kid, bytes):
            yield kid
            todo += resolve(pdf, kid).get("K", ())


def _as_artifact(operation: bytes, strangers: set[int]) -> bytes:
    found = MARKED.fullmatch(operation)
    return PAGINATION if found and int(found[2]) in strangers else operation
