"""Where recorded histories are, and what of the workflows' code they were recorded with."""

from __future__ import annotations

import ast
import hashlib
from importlib.metadata import version
from pathlib import Path

HISTORIES = Path(__file__).parent / "histories"
DIGEST = "workflows.sha256"
_WORKFLOWS = Path(__file__).parents[2] / "workflows"
# They run outside of workflows, so no replay depends on them.
_OUTSIDE = frozenset(
    (
        *("accepting.py", "after_sale_client.py", "client.py", "order_context.py", "reaching.py"),
        *("schedules.py", "starting.py", "worker_ports.py", "workers.py"),
    )
)


def current_folder() -> Path:
    """Histories of the release that is being made."""
    return HISTORIES / version("orderkeep")


def recorded(name: str) -> str:
    """One history of this release."""
    return (current_folder() / f"{name}.json").read_text(encoding="utf-8")


def workflows_digest() -> str:
    """SHA-256 of everything that workflow code says; comments, docstrings and layout do not count."""
    digest = hashlib.sha256()
    for path in sorted(_WORKFLOWS.glob("*.py")):
        if path.name not in _OUTSIDE:
            digest.update(f"{path.name}\n{meaning_of(path.read_text(encoding='utf-8'))}\n".encode())
    return digest.hexdigest()


def meaning_of(source: str) -> str:
    """The syntax tree of a module without its docstrings."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and node.body:
            first = node.body[0]
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:]
    return ast.dump(tree)
