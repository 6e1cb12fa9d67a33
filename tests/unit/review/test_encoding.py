"""Events of the review survive the store, and old ones stay readable for ever.

`python -m tests.unit.review.test_encoding` writes golden files that are missing; it never changes one.
"""

from __future__ import annotations

import json
import typing
from dataclasses import fields, replace
from datetime import datetime
from pathlib import Path

import pytest

from domain.catalogue.items import BasePrice
from domain.events import EventRecord
from domain.order.encoding import decode as decode_order
from domain.review.content import Content, NewPrices
from domain.review.draft import Window
from domain.review.encoding import UPCASTERS, decode, encode, proposal_document, proposal_from
from domain.review.events import ProposalEvent, moment_of
from domain.upcasting import UnknownEventTypeError
from tests.support.builders import NOON, cny
from tests.support.proposals import DAY, a_promotion, a_proposal, some_prices

FOLDER = Path(__file__).resolve().parents[2] / "golden" / "review"
EVENT_TYPES = typing.get_args(ProposalEvent)
FOR_GOOD = Content(
    NOON + DAY,
    None,
    prices=NewPrices("mug", (BasePrice(cny(1_200), cny(800), cny(1_500), "CN"), BasePrice(cny(9), cny(9)))),
)
STORIES = {
    "": a_proposal(FOR_GOOD).edited(some_prices()).submitted().approved().brought_forward(),
    "active": a_proposal().submitted().approved().activated().expired(),
    "rejected": a_proposal().submitted().rejected(),
    "withdrawn": a_proposal().withdrawn(),
    "promotion": a_proposal(a_promotion(quotas={"mug": 5})).edited(
        a_promotion(skus=None, window=Window(NOON + DAY, NOON + 3 * DAY))
    ),
}


def examples() -> dict[str, ProposalEvent]:
    """One event of each type, and drafts and edits of promotions besides."""
    found = {type(event).__name__: event for story in STORIES.values() for event in story.events}
    plain = {type(event).__name__: event for event in STORIES[""].events}
    promotions = {f"{type(event).__name__}.promotion": event for event in STORIES["promotion"].events}
    return {**found, **plain, **promotions}


def path_of(name: str) -> Path:
    kind, dot, shape = name.partition(".")
    return FOLDER / f"{kind}.v{UPCASTERS.current(kind)}{dot}{shape}.json"


def read(path: Path) -> EventRecord:
    raw = json.loads(path.read_text(encoding="utf-8"))
    moment = datetime.fromisoformat(raw["occurred_at"])
    return EventRecord(raw["event_type"], raw["schema_version"], raw["data"], moment)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_every_event_survives_its_journey_through_json(story):
    for event in story.events:
        record = encode(event)
        journey = replace(record, data=json.loads(json.dumps(record.data)))

        assert decode(journey) == event
        assert record.occurred_at == moment_of(event)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_a_proposal_survives_as_a_document(story):
    document = json.loads(json.dumps(proposal_document(story.proposal)))

    assert proposal_from(document) == story.proposal


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_last_field_of_every_event_is_its_time(kind):
    last = fields(kind)[-1].name

    assert typing.get_type_hints(kind)[last] is datetime
    assert last.endswith("_at")


def test_the_examples_show_every_event_type():
    assert {name.partition(".")[0] for name in examples()} == {kind.__name__ for kind in EVENT_TYPES}


@pytest.mark.parametrize("name", examples())
def test_every_event_is_still_written_as_its_golden_file_shows(name):
    record = read(path_of(name))

    assert decode(record) == examples()[name]
    assert encode(decode(record)) == record


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_every_event_ever_written_stays_readable(path):
    record = read(path)

    assert moment_of(decode(record)) == record.occurred_at
    assert path.name.startswith(f"{record.event_type}.v{record.schema_version}.")


def test_what_is_not_known_is_not_guessed():
    record = encode(STORIES[""].events[0])

    for strange in (
        replace(record, event_type="OrderDrafted"),
        replace(record, schema_version=record.schema_version + 1),
    ):
        with pytest.raises(UnknownEventTypeError):
            decode(strange)
    with pytest.raises(UnknownEventTypeError):
        decode_order(record)


def write_missing() -> None:
    """Write the golden files that are not there."""
    for name, event in examples().items():
        path, record = path_of(name), encode(event)
        shown = {
            "event_type": record.event_type,
            "schema_version": record.schema_version,
            "occurred_at": record.occurred_at.isoformat(),
            "data": record.data,
        }
        if not path.exists():
            path.write_text(json.dumps(shown, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_missing()
