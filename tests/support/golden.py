"""Golden files: one JSON for each event type, schema version and shape that was ever written.

`python -m tests.support.golden` writes those that are missing. It never touches one that is there: old
streams hold what it says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from domain.catalogue.items import Category
from domain.events import EventRecord
from domain.order.encoding import encode
from domain.order.events import OrderEvent, PaymentRequested, RefundRequested
from domain.order.fulfilment_events import ShipmentsPlanned
from domain.payment.facts import FactKind
from domain.payment.review import ReviewDecision
from tests.support.builders import HOME, NOON, OrderBuilder, a_fact, an_order, cny

# The shape of what was added to an event after its first golden file, without a new version.
AGREED_LINES = ".agreed_lines"
MANUAL = ".manual_capture"
OF_UNITS = ".of_units"
OF_SERVICES = ".of_services"
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
    manual, returned = _manual(), _returned()
    each = {type(event).__name__: event for event in (*kept.events, *late.events)}
    stories = (manual, _voided(), _dropped(), returned, _settled())
    new = {type(event).__name__: event for story in stories for event in story.events}
    return {
        **new,
        **each,
        f"OrderCreated{AGREED_LINES}": changed.events[-1],
        f"PaymentRequested{MANUAL}": _newest(manual, PaymentRequested),
        f"ShipmentsPlanned{OF_SERVICES}": _newest(_dropped(), ShipmentsPlanned),
        f"RefundRequested{OF_UNITS}": _newest(returned, RefundRequested),
    }


def _manual() -> OrderBuilder:
    goods = an_order().with_line("mug", 3, cny(333)).with_line("cup")
    goods.authorised().moved_to(replace(HOME, street="2 Mill Lane"))
    goods.planned((1, 3, "main"), (2, 1, "west")).booked().handed_over().capture_asked().captured()
    return goods.arrived().lost(2)


def _voided() -> OrderBuilder:
    return an_order().authorised().planned().cancelled()


def _dropped() -> OrderBuilder:
    done = an_order().with_line("fit", merchant="shop-9", category=Category.SERVICE).with_line("mug")
    done.paid().planned().accepted("shop-9").came_back(1)
    late = an_order("ord_2").with_line("fit", category=Category.SERVICE).with_line("mug")
    late.paid().planned().accepted_too_late()
    return replace(done, events=[*done.events, *late.events])


def _returned() -> OrderBuilder:
    goods = an_order().with_line("mug", 3, cny(333)).with_delivery_fee(cny(50))
    goods.paid().planned().arrived().asked_to_return((1, 2), exchange=True).return_agreed()
    goods.goods_returned((1, 2)).exchanged("ord_2")
    return goods.asked_to_return((1, 1), name="ret_2").return_rejected("ret_2")


def _settled() -> OrderBuilder:
    return an_order().in_review(cny(5)).review_settled(ReviewDecision.SEND_BACK)


def _newest(story: OrderBuilder, kind: type[OrderEvent]) -> OrderEvent:
    return next(event for event in reversed(story.events) if isinstance(event, kind))


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
        record = encode(event)
        path = path_of(kind, record.schema_version, dot + shape)
        if not path.exists():
            path.write_text(_text(record), encoding="utf-8")
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
