"""Documents speak of what exists: every file, every test and every class that they name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_ARCHITECTURE = 250
PATH = re.compile(r"`((?:domain|workflows|activities|adapters|api|ops|tests|benchmarks|docs)/[\w./-]+)`")
TEST = re.compile(r"`(test_\w+)`")
LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
NAMED = re.compile(r"`(\w+)`")


def documents(root: Path) -> list[Path]:
    """Everything in words."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md")])


def dead_paths(root: Path) -> list[str]:
    """Files that a document names or links to and that are not there."""
    faults = []
    for document in documents(root):
        text = document.read_text(encoding="utf-8")
        named = [root / path for path in PATH.findall(text)]
        linked = [document.parent / path for path in LINK.findall(text)]
        faults += [f"{document.name}: {path.name}" for path in (*named, *linked) if not path.exists()]
    return faults


def dead_tests(root: Path) -> list[str]:
    """Tests that a document relies on and that nobody has written."""
    written = {
        node.name
        for path in root.joinpath("tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    return [
        f"{document.name}: {test}"
        for document in documents(root)
        for test in TEST.findall(document.read_text(encoding="utf-8"))
        if test not in written
    ]


def unexplained(root: Path) -> list[str]:
    """Public classes of the domain, errors apart, that the glossary does not know."""
    known = set(NAMED.findall((root / "docs/glossary.md").read_text(encoding="utf-8")))
    return sorted(
        node.name
        for path in root.joinpath("domain").rglob("*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.ClassDef)
        and not node.name.startswith("_")
        and not node.name.endswith("Error")
        and node.name not in known
    )


def incomplete_decisions(root: Path) -> list[str]:
    """Decisions without one of their parts, or whose number is not the next one."""
    faults = []
    for number, path in enumerate(sorted(root.glob("docs/decisions/*.md")), start=1):
        parts = re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        if parts != ["Context", "Decision", "Consequences", "Enforced by"]:
            faults.append(f"{path.name} has {parts}")
        if not path.name.startswith(f"{number:04}-"):
            faults.append(f"{path.name} should be number {number}")
    return faults


def test_documents_name_files_that_exist():
    assert dead_paths(ROOT) == []


def test_documents_rely_on_tests_that_exist():
    assert dead_tests(ROOT) == []


def test_the_glossary_knows_every_word_of_the_domain():
    assert unexplained(ROOT) == []


def test_every_decision_says_why_what_and_what_enforces_it():
    assert incomplete_decisions(ROOT) == []


def test_the_architecture_can_be_read_in_one_sitting():
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")

    assert len(text.splitlines()) <= LONGEST_ARCHITECTURE


@pytest.fixture
def written(tmp_path: Path) -> Path:
    decisions = tmp_path / "docs/decisions"
    decisions.mkdir(parents=True)
    (tmp_path / "domain").mkdir()
    (tmp_path / "docs/glossary.md").write_text("`Order`", encoding="utf-8")
    (tmp_path / "domain/order.py").write_text("class Order: ...\nclass BadError: ...", encoding="utf-8")
    return tmp_path


def test_an_honest_folder_passes(written):
    assert dead_paths(written) + dead_tests(written) + unexplained(written) == []


@pytest.mark.parametrize("text", ["`domain/magic.py`", "[here](docs/nothing.md)"])
def test_a_path_that_is_gone_is_seen(written, text):
    (written / "README.md").write_text(text, encoding="utf-8")

    assert len(dead_paths(written)) == 1


def test_a_test_that_is_gone_is_seen(written):
    (written / "README.md").write_text("`test_everything`", encoding="utf-8")

    assert dead_tests(written) == ["README.md: test_everything"]


def test_a_word_without_meaning_is_seen(written):
    (written / "domain/order.py").write_text("class Order: ...\nclass Magic: ...", encoding="utf-8")

    assert unexplained(written) == ["Magic"]


@pytest.mark.parametrize(
    ("name", "parts"), [("0001-a.md", "## Context"), ("0002-a.md", "## Context\n## Decision")]
)
def test_a_decision_without_its_parts_is_seen(written, name, parts):
    (written / "docs/decisions" / name).write_text(parts, encoding="utf-8")

    assert incomplete_decisions(written)
