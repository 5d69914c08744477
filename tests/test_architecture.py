"""The list in ARCHITECTURE.md is the tree, and imports only point up that list."""

import ast
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PACKAGES = ("credit", "sim", "reports", "lab")
LISTED = re.findall(r"^- `([\w.]+)`", (PROJECT / "ARCHITECTURE.md").read_text(encoding="utf-8"), re.MULTILINE)


def source_files() -> dict[str, Path]:
    """Every module except `__init__.py`, by dotted name."""
    paths = (path for package in PACKAGES for path in (PROJECT / package).rglob("*.py"))
    return {".".join(p.relative_to(PROJECT).with_suffix("").parts): p for p in paths if p.stem != "__init__"}


def imported_modules(path: Path) -> set[str]:
    """Project modules imported anywhere in a file, late imports included."""
    modules = source_files()
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            package = {name for name in modules if name.startswith(f"{node.module}.")}
            found |= (inner & modules.keys()) or package or {node.module}
    return {name for name in found if name.split(".")[0] in PACKAGES}


def test_the_list_names_every_module_once():
    assert sorted(LISTED) == sorted(source_files())


def test_imports_point_up_the_list():
    rank = {name: position for position, name in enumerate(LISTED)}
    wrong = [
        f"{name} imports {target}"
        for name, path in source_files().items()
        for target in sorted(imported_modules(path))
        if rank.get(target, len(rank)) >= rank.get(name, -1)
    ]
    assert not wrong, wrong


def test_credit_knows_no_market_no_plot_and_no_clock():
    banned = re.compile(
        r"^\s*(?:import|from)\s+(?:mesa|matplotlib|time)\b|\b(?:date\.today|datetime\.now)\(", re.MULTILINE
    )
    wrong = [
        name for name, path in source_files().items() if name.startswith("credit.") and banned.search(path.read_text())
    ]
    assert not wrong, wrong
