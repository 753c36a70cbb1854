"""What was printed from what: a file whose inputs are the same as last time is not printed again.

The inputs of a file are its finished HTML and everything that turns it into a PDF: style sheets, drawings, the press
itself, and the versions of the engine and the libraries under it (findings: another Pango sets other lines).
"""

import ctypes
import ctypes.util
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path

from site_builder import english, thai
from site_builder.templates import TEMPLATES

NAME = "manifest.json"
PACKAGES = ("weasyprint", "pydyf", "fonttools", "fontpkg-sarabun", "pikepdf", "segno", "tinycss2")
LIBRARIES = {"libpango-1.0.so.0": "pango_version_string", "libharfbuzz.so.0": "hb_version_string"}
THAI_WORDS = Path("/usr/share/libthai/thbrk.tri")  # the dictionary by which Pango breaks Thai lines
LEFT_OUT = (".html",)  # templates: what they become is in the HTML


class Manifest:
    """The inputs of each file of one kind in a folder, by its name without ending."""

    def __init__(self, folder: Path, name: str = NAME, ending: str = ".pdf") -> None:
        self._file = folder / name
        self._folder, self._ending = folder, ending
        self._known: dict[str, list[object]] = _read(self._file)

    def path(self, name: str) -> Path:
        """Return where a file lies."""
        return self._folder / f"{name}{self._ending}"

    def told(self, name: str) -> str:
        """Return what a file was printed from and how long it is, in one text: as long as it is the same, so is it."""
        return repr(self._known[name])

    def is_fresh(self, name: str, inputs: str) -> bool:
        """Tell whether a file is there and was printed from these inputs."""
        path = self.path(name)
        return path.is_file() and self._known.get(name) == [inputs, path.stat().st_size]

    def printed(self, name: str, inputs: str) -> None:
        """Note that a file was printed."""
        self._known[name] = [inputs, self.path(name).stat().st_size]

    def forget(self, name: str) -> None:
        """Delete a file that is out of date."""
        self._known.pop(name, None)
        self.path(name).unlink(missing_ok=True)

    def keep_only(self, names: Iterable[str]) -> None:
        """Delete every file of another name: of a product or a province that is no more."""
        wanted = set(names)
        for path in self._folder.glob(f"*{self._ending}"):
            if path.stem not in wanted:
                self.forget(path.stem)

    def write(self) -> None:
        """Keep all that was noted, in one step."""
        scratch = self._file.with_suffix(".tmp")
        scratch.write_text(json.dumps(self._known, indent=0, sort_keys=True), encoding="utf-8")
        scratch.replace(self._file)


def inputs(documents: Iterable[str]) -> str:
    """Return the hash of everything that a file is printed from."""
    told = hashlib.sha256(_press().encode())
    for document in documents:
        told.update(hashlib.sha256(document.encode()).digest())
    return told.hexdigest()


@lru_cache(maxsize=1)
def _press() -> str:
    """Return the hash of what all files share."""
    told = hashlib.sha256()
    here = Path(__file__).parent
    files = [
        *here.rglob("*.py"),
        Path(thai.__file__),
        Path(english.__file__),
        *(TEMPLATES / "leaflets").rglob("*"),
        *(TEMPLATES / "assets").rglob("*"),
    ]
    for path in sorted(path for path in files if path.is_file() and path.suffix not in LEFT_OUT):
        told.update(f"{path.name}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    told.update(repr(sorted(_versions().items())).encode())
    return told.hexdigest()


def _versions() -> Mapping[str, str]:
    found = {package: version(package) for package in PACKAGES}
    for library, function in LIBRARIES.items():
        try:
            ask = getattr(ctypes.CDLL(library), function)
        except (OSError, AttributeError):
            continue  # the press itself will say what is missing
        ask.restype = ctypes.c_char_p
        found[library] = ask().decode()
    if THAI_WORDS.is_file():
        found["libthai"] = hashlib.sha256(THAI_WORDS.read_bytes()).hexdigest()
    return found


def _read(file: Path) -> dict[str, list[object]]:
    try:
        known: dict[str, list[object]] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}  # nothing is known, so everything is printed
    return known
