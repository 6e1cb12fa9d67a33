"""The rules of the house as functions: a folder in, broken rules out. Each has a canary in test_house.py."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

PRODUCT = ("domain", "workflows", "activities", "adapters", "api", "ops")
CODE = (*PRODUCT, "tests", "benchmarks")
LARGEST_FILE = 300
LARGEST_FUNCTION = 70
LONGEST_OPENING = 6

# No other folder at the top without a decision record.
TOP_FOLDERS = {*CODE, "docs", "proto", ".ci"}
# What tools leave behind; none of it is in the repository.
LEFT_BY_TOOLS = {
    ".venv",
    ".uv",
    ".git",
    ".orderkeep",
    ".hypothesis",
    "__pycache__",
    "build",
    "dist",
    "htmlcov",
}
BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "base", "misc"}

# Parts of the standard library that tell the time, read the environment or reach the world.
IMPURE = {
    *("asyncio", "io", "logging", "os", "pathlib", "random", "secrets", "shutil", "signal", "socket"),
    *("sqlite3", "subprocess", "tempfile", "threading", "time", "urllib", "uuid"),
}
CLOCKS = {"now", "utcnow", "today"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def python_files(root: Path, folders: tuple[str, ...] = CODE) -> Iterator[Path]:
    """All modules of these folders, and the modules at the top."""
    yield from sorted(root.glob("*.py"))
    for folder in folders:
        yield from (
            path for path in sorted(root.joinpath(folder).rglob("*.py")) if not _is_left_over(path, root)
        )


def impure_domain(root: Path) -> list[str]:
    """Imports of the domain outside the standard library, or of its impure parts; clocks; floats."""
    return [
        f"{path.relative_to(root)}:{line} {fault}"
        for path in python_files(root, ("domain",))
        if path.is_relative_to(root / "domain")
        for line, fault in sorted(_impurities(_tree(path)))
    ]


def too_large(root: Path, exceptions: dict[str, str]) -> list[str]:
    """Files and functions over their limit, unless `exceptions` gives a reason by path or path:function."""
    found = []
    for path in python_files(root):
        name = path.relative_to(root).as_posix()
        lines = len(path.read_text(encoding="utf-8").splitlines())
        if lines > LARGEST_FILE:
            found.append((name, lines))
        for function in _functions(_tree(path)):
            length = (function.end_lineno or function.lineno) - function.lineno + 1
            if length > LARGEST_FUNCTION:
                found.append((f"{name}:{function.name}", length))
    return [f"{place} has {lines} lines" for place, lines in found if place not in exceptions]


def stale_exceptions(root: Path, exceptions: dict[str, str]) -> list[str]:
    """Exceptions that nothing needs any more."""
    over = {fault.split(" ")[0] for fault in too_large(root, {})}
    return sorted(set(exceptions) - over)


def silent_modules(root: Path) -> list[str]:
    """Modules with code and without an opening that says what they are for, or with a whole essay there."""
    faults = []
    for path in python_files(root, PRODUCT):
        opening = ast.get_docstring(_tree(path))
        if opening is None and path.read_text(encoding="utf-8").strip():
            faults.append(f"{path.relative_to(root)} does not say what it is for")
        elif opening and len(opening.splitlines()) > LONGEST_OPENING:
            faults.append(f"{path.relative_to(root)} opens with an essay")
    return faults


def banned_names(root: Path) -> list[str]:
    """Folders and modules whose name says nothing, and folders at the top that nobody decided on."""
    places = {path.relative_to(root) for path in python_files(root)}
    places |= {parent for path in places for parent in path.parents if parent.name}
    vague = [path.as_posix() for path in places if path.stem.lower() in BANNED_NAMES]
    tops = [
        path.name
        for path in root.iterdir()
        if path.is_dir() and path.name not in TOP_FOLDERS | LEFT_BY_TOOLS and not path.name.endswith("_cache")
    ]
    return sorted(vague) + sorted(tops)


def repeated_errors(root: Path) -> list[str]:
    """Error classes of one name, since Temporal matches failures by name; and slugs used twice."""
    names: Counter[str] = Counter()
    slugs: Counter[str] = Counter()
    for path in python_files(root, PRODUCT):
        for node in _classes(_tree(path)):
            if _is_error(node):
                names[node.name] += 1
                slugs.update(_slugs(node))
    twice = [f"class {name}" for name, count in names.items() if count > 1]
    return twice + [f"slug {slug}" for slug, count in slugs.items() if count > 1]


def misnamed_errors(root: Path) -> list[str]:
    """Exceptions whose name does not end in Error."""
    return [
        f"{path.relative_to(root)} {node.name}"
        for path in python_files(root, PRODUCT)
        for node in _classes(_tree(path))
        if _is_error(node) and not node.name.endswith("Error")
    ]


def ports_of(root: Path) -> dict[str, str]:
    """Each Protocol in domain/ports, and the file that holds it."""
    return {
        node.name: path.relative_to(root).as_posix()
        for path in sorted(root.joinpath("domain/ports").glob("*.py"))
        for node in _classes(_tree(path))
        if any(_name_of(parent) == "Protocol" for parent in node.bases)
    }


def ports_without_suite(root: Path, kept_together: dict[str, str]) -> list[str]:
    """Ports without `tests/contract/test_<port>.py`; `kept_together` names another suite that covers one."""
    faults = []
    for port in ports_of(root):
        suite = kept_together.get(port, f"test_{_snake(port)}.py")
        path = root / "tests/contract" / suite
        if not path.exists() or not any(name.startswith("test_") for name in _function_names(path)):
            faults.append(f"{port}: no tests/contract/{suite}")
    return faults


def foreign_words(root: Path, words: tuple[str, ...], suffixes: tuple[str, ...]) -> list[str]:
    """Files of the product that speak of what is not part of it."""
    faults = []
    for path in _texts(root, suffixes):
        text = path.read_text(encoding="utf-8")
        faults += [f"{path.relative_to(root)} speaks of {word}" for word in words if word in text]
    return faults


def _texts(root: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        named = path.suffix in suffixes or path.name in {"Makefile", "Dockerfile", "run"}
        if named and path.is_file() and not _is_left_over(path, root):
            yield path


def _is_left_over(path: Path, root: Path) -> bool:
    parts = path.relative_to(root).parts
    return any(part in LEFT_BY_TOOLS or part.endswith("_cache") for part in parts)


def _impurities(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        line = int(getattr(node, "lineno", 0))
        for module in _imported(node):
            top = module.split(".")[0]
            if top != "domain" and (top not in sys.stdlib_module_names or top in IMPURE):
                yield line, f"imports {module}"
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield line, "has a float"
        if isinstance(node, ast.Name) and node.id in {"float", "open", "input", "print"}:
            yield line, f"uses {node.id}"
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield line, "divides into a float"
        if (
            isinstance(node, ast.Attribute)
            and node.attr in CLOCKS
            and _name_of(node.value) in {"datetime", "date"}
        ):
            yield line, "reads the clock"


def _is_clock(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute):
        return False
    return node.attr in CLOCKS and _name_of(node.value) in {"datetime", "date"}


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""] if node.level == 0 else ["a relative module"]
    return []


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def _functions(tree: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _function_names(path: Path) -> list[str]:
    return [function.name for function in _functions(_tree(path))]


def _classes(tree: ast.Module) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))


def _is_error(node: ast.ClassDef) -> bool:
    return any(_name_of(parent).endswith(("Error", "Exception")) for parent in node.bases)


def _slugs(node: ast.ClassDef) -> Iterator[str]:
    for line in node.body:
        if not isinstance(line, ast.Assign) or [_name_of(target) for target in line.targets] != ["code"]:
            continue
        if isinstance(line.value, ast.Constant):
            yield str(line.value.value)


def _name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return _name_of(node.value)
    return ""


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
