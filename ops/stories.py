"""Pages about the demo's scenarios, written from the events that really happened. Tells no story itself."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.order.events import OrderEvent
from ops.scenarios.story import Scenario

INDEX = "README.md"
_MEANINGS = {kind.__name__: inspect.getdoc(kind) or "" for kind in typing.get_args(OrderEvent)}
_PAGE = """\
# {title}
{words}

It ends with: {end}.

| # | event | by | what it says |
| --- | --- | --- | --- |
{rows}

Scenario {number} of `make demo`, which prints the order's own link. In the Temporal UI an order is
`http://TEMPORAL-UI/namespaces/default/workflows/order:ORDER-ID`; over HTTP its events are
`GET /v1/orders/ORDER-ID/events`.
"""
_INDEX_PAGE = """\
# Stories
What `make demo` tells, each with the events that its order really had when the page was written
(`orderkeep demo --once --stories docs/stories`). Words are in the [glossary](../glossary.md).

{links}
"""
Event = Mapping[str, Any]


def page_name(scenario: Scenario) -> str:
    """The file of a scenario's page, such as `01-paid-shipped-delivered-completed.md`."""
    words = "".join(letter if letter.isalnum() else " " for letter in scenario.title.lower()).split()
    return f"{scenario.number:02}-{'-'.join(words)}.md"


def page_of(scenario: Scenario, order: Mapping[str, Any], events: Sequence[Event]) -> str:
    """Markdown: what happens, how it ends, and every event of its order."""
    rows = (
        (event["version"], event["type"], event["metadata"]["actor"], meaning_of(event["type"]))
        for event in events
    )
    return _PAGE.format(
        title=scenario.title,
        words=_words(inspect.getdoc(scenario.tell) or ""),
        end=_end_of(order),
        rows="\n".join(f"| {' | '.join(str(cell) for cell in row)} |" for row in rows),
        number=scenario.number,
    )


def index_of(scenarios: Sequence[Scenario]) -> str:
    """Markdown: all pages."""
    links = (f"{each.number}. [{each.title}]({page_name(each)})" for each in scenarios)
    return _INDEX_PAGE.format(links="\n".join(links))


def events_on(page: str) -> list[str]:
    """The types of the events that a page lists, in order."""
    cells = (line.split(" | ") for line in page.splitlines() if line.startswith("| "))
    return [row[1] for row in cells if row[0].removeprefix("| ").isdecimal()]


def meaning_of(event_type: str) -> str:
    """The first sentence that the code itself says of an event."""
    first = _MEANINGS.get(event_type, "").split("\n\n")[0].replace("\n", " ")
    return first.split(". ")[0].rstrip(".") + "." if first else ""


def write_page(folder: Path, scenario: Scenario, order: Mapping[str, Any], events: Sequence[Event]) -> None:
    """Write or replace one page."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / page_name(scenario)).write_text(page_of(scenario, order, events), encoding="utf-8")


def _end_of(order: Mapping[str, Any]) -> str:
    states = [f"status `{order['status']}`", f"payment `{order['payment_status']}`"]
    states.append(f"goods `{order['fulfilment_status']}`")
    if order["after_sale_status"] != "none":
        states.append(f"after-sale `{order['after_sale_status']}`")
    if order["cancel_reason"]:
        states.append(f"cancelled for `{order['cancel_reason']}`")
    return ", ".join(states)


def _words(text: str) -> str:
    return " ".join(text.split())
