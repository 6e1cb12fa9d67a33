"""Golden files: one JSON for each event type, schema version and shape that was ever written.

`python -m tests.support.golden` writes those that are missing. It never touches one that is there: old
streams hold what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from domain.events import EventRecord
from domain.order.encoding import SCHEMA_VERSION, encode
from domain.order.events import OrderEvent
from domain.payment.facts import FactKind
from tests.support.builders import NOON, a_fact, an_order, cny

# The shape of what was added to an event after its first golden file, without a new version.
AGREED_LINES = ".agreed_lines"
FOLDER = Path(__file__).resolve().parents[1] / "golden"


def examples() -> Mapping[str, OrderEvent]:
    """One event of each type and shape, out of stories that may really happen."""
    late = an_order().with_line("mug", 2, cny(49_000)).with_line("pen").with_delivery_fee(cny(1_000))
    late.declined().asked_to_pay().in_review(cny(5)).cancelled()
    kept = (
        an_order()
        .paid()
        .reported(a_fact("pay_ord_1_1"), a_fact("pay_ord_1_1", FactKind.FAILED, at=NOON + timedelta(days=1)))
    )
    kept.shipped().delivered().completed().refunded()
    changed = an_order().with_line("mug", 2, cny(49_000)).with_line("pen").drafted()
    changed.agreed_at(cny(45_000), cny(900), charges=cny(1_400)).created()
    each = {type(event).__name__: event for event in (*kept.events, *late.events)}
    return {**each, f"OrderCreated{AGREED_LINES}": changed.events[-1]}


def path_of(event_type: str, schema_version: int, shape: str = "") -> Path:
    """Where the golden file of this type, version and shape lies."""
    return FOLDER / f"{event_type}.v{schema_version}{shape}.json"


def read(path: Path) -> EventRecord:
    """A golden file as the record that it was."""
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return EventRecord(
        raw["event_type"], raw["schema_version"], raw["data"], datetime.fromisoformat(raw["occurred_at"])
    )


def write_missing() -> list[Path]:
    """Write what is missing; the files that were made."""
    made = []
    for name, event in examples().items():
        kind, dot, shape = name.partition(".")
        path = path_of(kind, SCHEMA_VERSION, dot + shape)
        if not path.exists():
            path.write_text(_text(encode(event)), encoding="utf-8")
            made.append(path)
    return made


def _text(record: EventRecord) -> str:
    shown = {
        "event_type": record.event_type,
        "schema_version": record.schema_version,
        "occurred_at": record.occurred_at.isoformat(),
        "data": record.data,
    }
    return json.dumps(shown, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path in write_missing():
        print(path)  # noqa: T201 - a command prints
