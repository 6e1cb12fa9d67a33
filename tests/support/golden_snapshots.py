"""Golden snapshots: whole streams with the states that they were kept as, of each version ever written.

`python -m tests.support.golden_snapshots` writes those that are missing. It never touches one that is there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from domain.events import EventRecord, StoredEvent
from domain.history.aggregates import ORDER, PROPOSAL, Aggregate
from domain.ports.aggregate_snapshots import AggregateSnapshot
from domain.review import encoding
from tests.support.builders import HOME, NOON, an_order, cny
from tests.support.proposals import a_promotion, a_proposal

FOLDER = Path(__file__).resolve().parents[1] / "golden_snapshots"
KINDS: Mapping[str, Aggregate[Any]] = {"order": ORDER, "proposal": PROPOSAL}
_STREAMS = {"order": "ord_1", "proposal": "price:prp_1"}


@dataclass(frozen=True)
class GoldenSnapshot:
    """A stream, and the snapshot that some release has made of it."""

    kind: str
    stream: Sequence[StoredEvent]
    snapshot: AggregateSnapshot


def stories() -> Mapping[str, Mapping[str, Sequence[EventRecord]]]:
    """Streams of each kind that between them fill every field of a state."""
    manual = an_order().with_line("mug", 3, cny(333)).with_line("cup").authorised()
    manual.moved_to(replace(HOME, street="2 Mill Lane")).planned((1, 3, "main"), (2, 1, "west"))
    manual.booked().handed_over().capture_asked().captured().arrived().lost(2)
    returned = an_order().with_line("mug", 3, cny(333)).with_delivery_fee(cny(50)).declined().paid()
    returned.planned().arrived().asked_to_return((1, 2), exchange=True).return_agreed()
    returned.goods_returned((1, 2)).exchanged("ord_2").completed()
    proposed = a_proposal().submitted().approved().activated()
    promoted = a_proposal(a_promotion()).submitted()
    return {
        "order": {"manual": manual.records, "returned": returned.records},
        "proposal": {
            name: [encoding.encode(event) for event in story.events]
            for name, story in {"prices": proposed, "promotion": promoted}.items()
        },
    }


def taken_today(kind: str, name: str) -> GoldenSnapshot:
    """The snapshot that this release makes of the story."""
    stream = _stored(kind, stories()[kind][name])
    told = KINDS[kind].after(None, stream)
    assert told is not None
    return GoldenSnapshot(kind, stream, KINDS[kind].snapshot(told))


def path_of(snapshot: AggregateSnapshot, name: str) -> Path:
    """Where the golden file of this snapshot lies."""
    return FOLDER / f"{snapshot.type}.v{snapshot.schema_version}.{name}.json"


def read(path: Path) -> GoldenSnapshot:
    """A golden file as it was written."""
    kind = path.name.partition("+")[0]
    said = json.loads(path.read_text(encoding="utf-8"))
    records = [EventRecord(**{**event, "occurred_at": NOON}) for event in said["events"]]
    stream = _stored(kind, records)
    newest = stream[-1]
    data = json.dumps(said["snapshot"]).encode()
    snapshot = AggregateSnapshot(
        newest.stream_id, newest.version, said["schema_version"], said["type"], data, newest.recorded_at
    )
    return GoldenSnapshot(kind, stream, snapshot)


def write_missing() -> list[Path]:
    """Write what is missing; the files that were made."""
    made = []
    FOLDER.mkdir(exist_ok=True)
    for kind, named in stories().items():
        for name in named:
            golden = taken_today(kind, name)
            path = path_of(golden.snapshot, name)
            if not path.exists():
                path.write_text(_text(golden), encoding="utf-8")
                made.append(path)
    return made


def _stored(kind: str, records: Sequence[EventRecord]) -> tuple[StoredEvent, ...]:
    return tuple(
        StoredEvent(
            stream_id=_STREAMS[kind],
            version=version,
            position=version,
            event_type=record.event_type,
            schema_version=record.schema_version,
            data=record.data,
            occurred_at=record.occurred_at,
            recorded_at=NOON + version * timedelta(seconds=1),
            command_key=f"step-{version}",
        )
        for version, record in enumerate(records, start=1)
    )


def _text(golden: GoldenSnapshot) -> str:
    shown = {
        "type": golden.snapshot.type,
        "schema_version": golden.snapshot.schema_version,
        "events": [
            {"event_type": event.event_type, "schema_version": event.schema_version, "data": event.data}
            for event in golden.stream
        ],
        "snapshot": json.loads(golden.snapshot.data),
    }
    return json.dumps(shown, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    for path in write_missing():
        print(path)  # noqa: T201 - a command prints
