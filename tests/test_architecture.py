"""The floors of the house: imports go down, and each big tool has one door (docs/architecture.md)."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted([*ROOT.glob("site_builder/**/*.py"), *ROOT.glob("forms_api/**/*.py")])

DOORS = {
    "mkdocs": ("site_builder/site",),
    "weasyprint": ("site_builder/press/",),
    "pydyf": ("site_builder/press/",),
    "pikepdf": ("site_builder/press/",),
    "pypdfium2": ("site_builder/press/",),
    "prometheus_client": ("forms_api/metrics.py",),
    "pythonjsonlogger": ("forms_api/logs.py",),
    "altcha": ("forms_api/guard/",),
    "cryptography": ("forms_api/vault.py",),
    "psycopg": ("forms_api/store/postgres/",),
    "psycopg_pool": ("forms_api/store/postgres/",),
    "sqlite_utils": ("forms_api/store/",),
    "sqlite3": ("forms_api/store/",),
    "starlette": ("forms_api/",),
    "uvicorn": ("forms_api/",),
    "geothai": ("site_builder/areas.py",),
    "pythainlp": ("site_builder/voice",),
    "xlsxwriter": ("forms_api/export",),
}

FLOORS = (
    {"thai", "areas", "english", "problems", "freshness", "output"},
    {"forms", "facts", "references", "records", "reading", "templates", "search", "training"},
    {"content", "content_checks", "content_data", "content_handbook", "content_pages", "content_reader"}
    | {"markdown", "voice"},
    {"site", "pages", "layouts", "assets", "press", "security_txt", "stand_ins"},
    {"cli_press"},
    {"cli_build"},
    {"cli"},
)
# Inside forms_api nobody imports a neighbour of the same floor either.
SERVICE_FLOORS = (
    {"accepting", "commands", "errors", "keyfiles", "line", "references", "unfinished"},
    {"vault"},
    {"settings", "store"},
    {"receipts", "recent", "incoming", "headers", "openapi", "deadlines", "guard", "logs", "metrics"},
    {"accesses"},
    {"service"},
    {"screens"},
    {"public", "api", "export", "sessions", "retention"},
    {"breach"},
    {"app"},
    {"serve"},
    {"cli"},
)


def imported(path):
    """Return the dotted names that a module imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def floor_of(name):
    """Return the floor of a module of site_builder by its first part, e.g. `site_builder.press.run`."""
    part = name.split(".")[1]
    stem = part.split("_")[0] if part.startswith("site_") else part
    return next((number for number, floor in enumerate(FLOORS) if part in floor or stem in floor), None)


@pytest.mark.parametrize("tool", DOORS)
def test_each_big_tool_has_one_door(tool):
    outside = [
        path.relative_to(ROOT).as_posix()
        for path in MODULES
        if any(name == tool or name.startswith(f"{tool}.") for name in imported(path))
        and not path.relative_to(ROOT).as_posix().startswith(DOORS[tool])
    ]

    assert outside == []


def test_site_builder_never_imports_the_form_service():
    assert [
        p
        for p in MODULES
        if p.is_relative_to(ROOT / "site_builder") and any(n.startswith("forms_api") for n in imported(p))
    ] == []


def test_every_import_inside_site_builder_goes_down():
    upward = []
    for path in MODULES:
        if not path.is_relative_to(ROOT / "site_builder") or (
            path.name == "__init__.py" and path.parent.name == "site_builder"
        ):
            continue
        own = floor_of(".".join(path.relative_to(ROOT).with_suffix("").parts))
        assert own is not None, f"{path.name} stands on no floor: add it to docs/architecture.md and to this test"
        for name in imported(path):
            if name.startswith("site_builder."):
                other = floor_of(name)
                if other is not None and other > own:
                    upward.append(f"{path.relative_to(ROOT)} imports {name}")

    assert upward == []


def test_every_import_inside_the_form_service_goes_down_and_none_sideways():
    floors = {part: number for number, floor in enumerate(SERVICE_FLOORS) for part in floor}
    wrong = []
    for path in (ROOT / "forms_api").rglob("*.py"):
        part = path.relative_to(ROOT / "forms_api").with_suffix("").parts[0]
        if part in ("__init__", "__main__"):
            continue
        assert part in floors, f"{path.name} stands on no floor: add it to docs/architecture.md and to this test"
        for name in imported(path):
            other = name.split(".")[1] if name.startswith("forms_api.") else part
            if other != part and floors[other] >= floors[part]:
                wrong.append(f"{path.relative_to(ROOT)} imports {name}")

    assert wrong == []


def test_the_outputs_do_not_import_one_another():
    sideways = [
        f"{path.relative_to(ROOT)}: {name}"
        for path in MODULES
        for name in imported(path)
        if ("press" in path.parts and name.startswith("site_builder.site"))
        or (
            path.stem.startswith("site")
            and path.parent.name == "site_builder"
            and name.startswith("site_builder.press")
        )
    ]

    assert sideways == []


def test_the_form_service_does_not_load_the_builders_tools():
    code = (
        "import sys, forms_api.app; print(sorted({'mkdocs', 'weasyprint', 'markdown', 'pythainlp'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)

    assert result.stdout.strip() == "[]"
