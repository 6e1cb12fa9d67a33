"""Every scenario of the demo has its page, and every page is of a scenario that the demo tells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import get_args

import pytest

from domain.order.events import OrderEvent
from ops.scenarios import SCENARIOS
from ops.scenarios.story import Scenario
from ops.stories import INDEX, events_on, index_of, page_name

FOLDER = Path(__file__).resolve().parents[2] / "docs/stories"
JOURNEYS = Path(__file__).resolve().parents[1] / "e2e/test_journeys.py"
EVENTS = {kind.__name__ for kind in get_args(OrderEvent)}


def faults(folder: Path, scenarios: Sequence[Scenario]) -> list[str]:
    """Pages that are missing, that nobody tells, or that are not what they should be."""
    wanted = {page_name(scenario): scenario for scenario in scenarios}
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    index = found.pop(INDEX, "")
    said = [f"{name} is missing" for name in wanted.keys() - found.keys()]
    said += [f"{name} is told by nobody" for name in found.keys() - wanted.keys()]
    for name in sorted(wanted.keys() & found.keys()):
        page, scenario = found[name], wanted[name]
        if f"# {scenario.title}\n" not in page or f"Scenario {scenario.number} of" not in page:
            said.append(f"{name} tells another scenario")
        if events_on(page)[:1] != ["OrderDrafted"] or not set(events_on(page)) <= EVENTS:
            said.append(f"{name} has events that no order has")
        if "/namespaces/default/workflows/order:ORDER-ID" not in page:
            said.append(f"{name} does not lead to the Temporal UI")
    if index != index_of(scenarios):
        said.append(f"{INDEX} lists others")
    return sorted(said)


def test_every_scenario_has_its_page_and_every_page_its_scenario():
    assert faults(FOLDER, SCENARIOS) == []


def test_every_scenario_is_told_by_a_journey_once():
    text = JOURNEYS.read_text(encoding="utf-8")

    told = Counter({each.tell.__name__: text.count(f".{each.tell.__name__})") for each in SCENARIOS})

    assert told == Counter(each.tell.__name__ for each in SCENARIOS)


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    for path in FOLDER.glob("*.md"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def test_a_missing_and_a_superfluous_page_are_seen(pages: Path):
    first = pages / page_name(SCENARIOS[0])
    first.rename(pages / "99-nobody-tells-this.md")

    assert faults(pages, SCENARIOS) == [
        f"{first.name} is missing",
        "99-nobody-tells-this.md is told by nobody",
    ]


@pytest.mark.parametrize(
    ("there", "instead"),
    [
        ("# Paid, shipped", "# Never"),
        ("Scenario 1 of", "Scenario 2 of"),
        ("OrderCompleted", "OrderForgotten"),
        ("| 1 | OrderDrafted", "| 0 | OrderCreated"),
        ("/workflows/order:", "/workflows/"),
    ],
)
def test_a_page_that_tells_something_else_is_seen(pages: Path, there: str, instead: str):
    path = pages / page_name(SCENARIOS[0])
    path.write_text(path.read_text(encoding="utf-8").replace(there, instead), encoding="utf-8")

    assert len(faults(pages, SCENARIOS)) == 1


def test_an_index_that_lists_others_is_seen():
    assert faults(FOLDER, SCENARIOS[:-1]) == [
        f"{page_name(SCENARIOS[-1])} is told by nobody",
        f"{INDEX} lists others",
    ]
