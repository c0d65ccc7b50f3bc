"""The layers of the package: imports point downward only, and paths that are held as text lead somewhere."""

from __future__ import annotations

import ast
import re
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "plugins" / "data_sync"

LAYERS = (
    {"errors"},
    {"rejected_values"},
    {"settings"},
    {"fetchers", "warehouse"},
    {"updates"},
    {"hooks", "post_processors", "health"},
    {"component_checks", "loading"},
    {"project"},
    {"orchestration"},
    {"cli", "web"},
    {"__main__"},
)
"""From the bottom up. What stands in one layer may import what is below it, and nothing beside it."""

TELEMETRY = "telemetry"
"""Stands beside the layers: any of them may import it, and it imports the errors alone."""

INSIDE = {
    "warehouse.mssql": "warehouse",
    "warehouse.postgres": "warehouse",
    "fetchers.jde": "fetchers",
}
"""What only the rest of its own layer may import: the rest of the package asks an interface."""

ALLOWED = {
    # Renders its statement by itself, until the warehouse's interface has one for statistics.
    ("post_processors/statistics.py", "warehouse.mssql"),
    ("post_processors/statistics.py", "warehouse.postgres"),
    # A command for this one fetcher, and one that asks which fetchers have a preview.
    ("cli/jde_facts.py", "fetchers.jde"),
    ("cli/preview.py", "fetchers.jde"),
}
"""What breaks these rules all the same, and why. This list only ever becomes shorter."""


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Return what a module imports of the package, also inside functions and for types alone.

    By the dotted names behind ``data_sync.``; of ``from … import name`` with the name, maybe a module.
    """
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: write the import with the package's name"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        found |= {name.removeprefix("data_sync.") for name in names if name.startswith("data_sync.")}
    return found - {"__version__"}


def is_downward(layer: str, imported: str) -> bool:
    if imported in (layer, TELEMETRY):
        return True
    if layer == TELEMETRY:
        return imported == "errors"
    levels = {name: number for number, names in enumerate(LAYERS) for name in names}
    return levels[imported] < levels[layer]


def violations(path: Path) -> set[tuple[str, str]]:
    """Return what a module imports and should not."""
    if path == PACKAGE / "__init__.py":
        return {("__init__.py", name) for name in imports(path)}
    name, layer, imported = path.relative_to(PACKAGE).as_posix(), layer_of(path), imports(path)
    found = {(name, top) for top in {one.split(".")[0] for one in imported} if not is_downward(layer, top)}
    for inner, owner in INSIDE.items():
        if layer != owner and any(f"{one}.".startswith(f"{inner}.") for one in imported):
            found.add((name, inner))
    return found


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_point_downward(path):
    assert violations(path) <= ALLOWED


def test_what_is_allowed_is_still_needed():
    assert set().union(*map(violations, modules())) >= ALLOWED, "take what is gone out of ALLOWED"


TEXTS = [
    *PACKAGE.parent.rglob("*.py"),
    ROOT / "pyproject.toml",
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *(ROOT / "docs").rglob("*.md"),
    *(path for folder in ("include", "tests") for path in (ROOT / folder).rglob("*.yaml")),
]

SPANS = {f"data_sync.{name}" for name in ("map_index", "operation_id", "records", "table", "update_id")}
"""Names of attributes of a span, which look like paths."""

_NO_MODULES = ("yaml", "schema", "json", "md", "conf")


def dotted_paths() -> set[str]:
    """Return every path into the package that stands in quotes, in a docstring's role or in YAML."""
    found: set[str] = set()
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        # What goes on with a capital is one of the log's tables, in the schema of the same name.
        found |= set(re.findall(r"[\"'`](data_sync(?:_examples)?(?:\.[a-z_]\w*)(?:\.\w+)*)[\"'`]", text))
        found |= set(re.findall(r":(?:mod|class|func|data|meth|attr):`~?(data_sync(?:\.\w+)+)`", text))
        if path.suffix in (".md", ".yaml"):
            key = r"(?:fetcher|post_processor|notifier|import|from)"
            found |= set(re.findall(rf"\b{key}:? +(data_sync(?:_examples)?(?:\.\w+)+)", text))
    return {path for path in found - SPANS if path.split(".")[1] not in _NO_MODULES}


@pytest.mark.parametrize("path", sorted(dotted_paths()))
def test_a_path_that_is_held_as_text_leads_somewhere(path):
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            found = getattr(found, name)
        return
    pytest.fail(f"{path} does not exist")


def test_those_that_airflow_ruff_and_the_yaml_follow_are_among_them():
    from data_sync.fetchers.registry import BUILT_IN as FETCHERS
    from data_sync.post_processors.registry import BUILT_IN as POST_PROCESSORS

    followed = {
        "data_sync.errors.PermanentError",  # the retry policy's exception
        "data_sync.orchestration.alerts.deadline_missed",  # the deadline's callback
        "data_sync.settings.models.Strict",  # pyproject.toml
        "data_sync_examples.daily_count.DailyCountPostProcessor",  # the documentation's YAML
        *FETCHERS.values(),
        *POST_PROCESSORS.values(),
    }
    assert followed <= dotted_paths()
