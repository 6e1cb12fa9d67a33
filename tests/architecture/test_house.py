"""The rules of the house hold here, and each of them can be seen to fail on a planted violation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture import rules

ROOT = Path(__file__).resolve().parents[2]

# Files and functions beyond their limit, each with its reason.
LARGE: dict[str, str] = {}
# Ports whose promises are kept in the suite of the port that they work with.
KEPT_TOGETHER = {
    "Ids": "test_clock.py",
    "EventStore": "event_store/test_appending.py",
    "EventFeed": "event_store/test_feed.py",
    "BuyerKeys": "test_personal_data.py",
    "PaymentAttempts": "test_callback_inbox.py",
    "Broker": "brokers/test_publishing.py",
    "Subscription": "brokers/test_subscribing.py",
    # Has one implementation only: what the projections wrote can be read nowhere else.
    "OrderViews": "../integration/events/test_order_views.py",
    "ReadModels": "../integration/projections/test_lists.py",
    "Projections": "../integration/events/test_projection.py",
}
# What the product must never speak of: the places where its design and its briefs were written.
FOREIGN = tuple("/".join(parts) for parts in (("shared", "design"), ("shared", "hooks"), ("tmp", "brief")))
HOME_OF_ITS_MAKERS = "/" + "work" + "/"
SUFFIXES = (".py", ".md", ".toml", ".yml", ".yaml", ".sh", ".sql", ".html", ".json")


def test_the_domain_is_pure():
    assert rules.impure_domain(ROOT) == []


def test_files_and_functions_stay_small():
    assert rules.too_large(ROOT, LARGE) == []


def test_no_exception_outlives_its_need():
    assert rules.stale_exceptions(ROOT, LARGE) == []


def test_every_module_says_what_it_is_for():
    assert rules.silent_modules(ROOT) == []


def test_names_say_something():
    assert rules.banned_names(ROOT) == []


def test_errors_are_unique_and_named_as_errors():
    assert rules.repeated_errors(ROOT) == []
    assert rules.misnamed_errors(ROOT) == []


def test_every_port_has_a_contract_suite():
    assert rules.ports_of(ROOT)
    assert rules.ports_without_suite(ROOT, KEPT_TOGETHER) == []


def test_the_product_speaks_only_of_itself():
    assert rules.foreign_words(ROOT, (*FOREIGN, HOME_OF_ITS_MAKERS), SUFFIXES) == []


PLANTS: dict[str, tuple[str, str, Callable[[Path], list[str]]]] = {
    "a framework in the domain": ("domain/a.py", "import pydantic", rules.impure_domain),
    "another layer in the domain": ("domain/a.py", "from adapters.clock import now", rules.impure_domain),
    "a relative import in the domain": ("domain/a.py", "from . import b", rules.impure_domain),
    "the environment in the domain": ("domain/a.py", "import os", rules.impure_domain),
    "chance in the domain": ("domain/a/b.py", "from random import random", rules.impure_domain),
    "a clock in the domain": (
        "domain/a.py",
        "from datetime import datetime\ndatetime.now()",
        rules.impure_domain,
    ),
    "a float in the domain": ("domain/a.py", "half = 0.5", rules.impure_domain),
    "a conversion to float in the domain": ("domain/a.py", "half = float(5)", rules.impure_domain),
    "a division into floats in the domain": ("domain/a.py", "half = 1 / 2", rules.impure_domain),
    "a file opened in the domain": ("domain/a.py", "open('a')", rules.impure_domain),
    "a large file": ("api/a.py", "\n" * 301, lambda root: rules.too_large(root, {})),
    "a large function": (
        "tests/a.py",
        "def long():\n" + "    x = 1\n" * 70,
        lambda root: rules.too_large(root, {}),
    ),
    "a large asynchronous function": (
        "worker.py",
        "async def long():\n" + "    x = 1\n" * 70,
        lambda root: rules.too_large(root, {"api/a.py": "another one"}),
    ),
    "an exception for a small file": (
        "api/a.py",
        "x = 1",
        lambda root: rules.stale_exceptions(root, {"api/a.py": "it was large once"}),
    ),
    "a module that does not say what it is for": ("ops/a.py", "x = 1", rules.silent_modules),
    "a module that opens with an essay": ("ops/a.py", '"""' + "word\n" * 20 + '"""', rules.silent_modules),
    "a folder of odds and ends": ("adapters/utils/a.py", "", rules.banned_names),
    "a module of odds and ends": ("adapters/helpers.py", "", rules.banned_names),
    "a folder that nobody decided on": ("services/a.py", "", rules.banned_names),
    "an error of a name that is taken": (
        "domain/a.py",
        "class AError(Exception): ...\nclass AError(Exception): ...",
        rules.repeated_errors,
    ),
    "a slug that is taken": (
        "domain/a.py",
        "class AError(DomainError):\n code = 'a'\nclass BError(DomainError):\n code = 'a'",
        rules.repeated_errors,
    ),
    "an error that is not called one": ("api/a.py", "class Oops(ValueError): ...", rules.misnamed_errors),
    "a port without a suite": (
        "domain/ports/a.py",
        "class Crystal(Protocol): ...",
        lambda root: rules.ports_without_suite(root, {}),
    ),
    "a word about its makers": (
        "README.md",
        f"see {FOREIGN[0]}",
        lambda root: rules.foreign_words(root, FOREIGN, SUFFIXES),
    ),
}


@pytest.mark.parametrize("name", PLANTS)
def test_a_planted_violation_is_seen(name, tmp_path):
    path, content, rule = PLANTS[name]
    planted = tmp_path / path
    planted.parent.mkdir(parents=True, exist_ok=True)
    planted.write_text(content, encoding="utf-8")

    faults = rule(tmp_path)

    assert len(faults) == 1, faults


def test_a_port_with_an_empty_suite_is_seen(tmp_path):
    suites, ports = tmp_path / "tests/contract", tmp_path / "domain/ports"
    suites.mkdir(parents=True)
    ports.mkdir(parents=True)
    ports.joinpath("a.py").write_text("class EventStore(Protocol): ...", encoding="utf-8")
    suites.joinpath("test_event_store.py").write_text("def store(): ...", encoding="utf-8")

    assert rules.ports_without_suite(tmp_path, {}) != []

    suites.joinpath("test_event_store.py").write_text("def test_it(): ...", encoding="utf-8")
    assert rules.ports_without_suite(tmp_path, {}) == []


def test_pure_code_passes(tmp_path):
    planted = tmp_path / "domain/a.py"
    planted.parent.mkdir()
    planted.write_text(
        "from datetime import datetime\nfrom domain.money import Money\nhalf = 7 // 2\n", encoding="utf-8"
    )

    assert rules.impure_domain(tmp_path) == []
