"""Development tools under other licences are started by tests and never become part of the product."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("domain", "workflows", "activities", "adapters", "api", "ops", "worker.py")
GPL = "localstripe"


def importing(root: Path, folders: tuple[str, ...]) -> list[str]:
    """The files under `root` that import the GPL tool."""
    files = [path for folder in folders for path in (root / folder).rglob("*.py")]
    files += [root / folder for folder in folders if folder.endswith(".py") and (root / folder).exists()]
    return sorted(
        str(path.relative_to(root))
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(name.name.split(".")[0] == GPL for name in node.names))
        or (isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").split(".")[0] == GPL)
    )


def test_nobody_imports_the_imitation_of_stripe():
    assert importing(ROOT, (*PRODUCT, "tests", "benchmarks")) == []


def test_an_import_of_it_would_be_seen(tmp_path: Path):
    (tmp_path / "api").mkdir()
    (tmp_path / "api/bad.py").write_text("def f():\n    from localstripe.server import app", encoding="utf-8")
    (tmp_path / "worker.py").write_text("import localstripe as l", encoding="utf-8")

    assert importing(tmp_path, ("api", "worker.py")) == ["api/bad.py", "worker.py"]


def test_it_is_installed_for_developers_only():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [name for names in project.get("optional-dependencies", {}).values() for name in names]

    assert not [name for name in (*project["dependencies"], *extras) if GPL in name]
