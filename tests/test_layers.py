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
    {"errors", "rejected_values", "telemetry"},
    {"settings"},
    {"fetchers", "warehouse"},
    {"updates", "hooks"},
    {"post_processors", "health"},
    {"component_checks", "project"},
    {"loading"},
    {"orchestration"},
    {"cli", "web"},
)
"""From the bottom up; a module may import what is below it or beside it."""

UPWARD: set[tuple[str, str]] = set()
"""What points upward nevertheless, and why."""


def level(room: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if room in rooms)


def imports(path: Path) -> set[str]:
    """Return the rooms of the package that a module imports, also inside functions and for types alone."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.ImportFrom) and node.module == "data_sync":
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("data_sync."):
            names = [(node.module or "").split(".")[1]]
        elif isinstance(node, ast.Import):
            names = [a.name.split(".")[1] for a in node.names if a.name.startswith("data_sync.")]
        found |= {name for name in names if name != "__version__"}
    return found


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py"))


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_point_downward(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    upward = {other for other in imports(path) if level(other) > level(room)}
    assert {(room, other) for other in upward} <= UPWARD


TEXTS = [
    *(path for path in PACKAGE.rglob("*.py")),
    ROOT / "pyproject.toml",
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "include").rglob("*.yaml"),
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
]
_FILES = ("yaml", "schema", "json", "md", "conf")


def dotted_paths() -> set[str]:
    found: set[str] = set()
    for path in TEXTS:
        text = path.read_text(encoding="utf-8")
        # A capital begins the name of one of the log's tables, in the schema of the same name.
        found |= set(re.findall(r"[\"'`](data_sync(?:\.[a-z_]\w*)(?:\.\w+)*)[\"'`]", text))
        found |= set(re.findall(r":(?:mod|class|func|data|meth):`~?(data_sync(?:\.\w+)+)`", text))
    return {path for path in found if path.split(".")[1] not in _FILES}


@pytest.mark.parametrize("path", sorted(dotted_paths()))
def test_a_path_that_is_held_as_text_leads_somewhere(path):
    parts = path.split(".")
    if parts[1] in ("map_index", "update_id", "operation_id", "records", "table"):
        pytest.skip("the name of an attribute of a span")
    for length in range(len(parts), 1, -1):
        try:
            found = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            found = getattr(found, name)
        return
    pytest.fail(f"{path} does not exist")
