"""One event as one line of the audit: short, in a fixed order, and without a word of personal data."""

import json
from datetime import timedelta

import pytest

from domain.events import EventMetadata, EventRecord, StoredEvent
from domain.history.auditing import change_of, entry_of
from domain.order.encoding import encode
from domain.review.encoding import encode as encode_proposal
from domain.review.events import ProposalDrafted, ProposalRejected
from tests.support.builders import HOME, NOON, an_order
from tests.support.golden import FOLDER, read
from tests.support.proposals import a_promotion, a_proposal

SECRETS = (HOME.street, HOME.city, HOME.zip_code)


def stored(record: EventRecord, actor: str = "system", stream: str = "ord_1", **said: str) -> StoredEvent:
    return StoredEvent(
        stream,
        1,
        9,
        record.event_type,
        record.schema_version,
        record.data,
        record.occurred_at,
        NOON + timedelta(1),
        "step",
        EventMetadata(actor=actor, **said),
    )


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.json")), ids=lambda path: path.stem)
def test_every_event_has_one_short_line_without_personal_data(path):
    line = change_of(read(path).data)

    assert len(line) <= 300
    assert "\n" not in line
    assert not any(secret in line for secret in SECRETS)


def test_the_line_does_not_depend_on_the_order_of_fields():
    data = encode(an_order().paid().events[-1]).data

    assert (
        change_of(dict(reversed(list(data.items()))))
        == change_of(data)
        == "amount 1000 CNY, payment key pay_ord_1_1"
    )


def test_what_buyers_wrote_in_their_own_words_is_not_told():
    goods = an_order().paid().planned().arrived().asked_to_return((1, 1)).return_rejected()
    data = {**encode(goods.events[-1]).data, "comment": "my knee hurts"}

    assert "knee" not in change_of(data)


@pytest.mark.parametrize(("actor", "who"), [("system", "buyer"), ("key-1", "key-1")])
def test_who_did_it_is_who_called_or_else_whom_the_event_names(actor, who):
    cancelled = encode(an_order().created().cancelled().events[-1])

    assert entry_of(stored(cancelled, actor)).who == who


def test_why_is_the_step_and_what_caused_it_the_request_behind_it():
    said = {"causation_id": "pay", "correlation_id": "req-1", "workflow_id": "order:ord_1"}

    entry = entry_of(stored(encode(an_order().created().events[-1]), **said))

    assert (entry.why, entry.caused_by) == ("pay", "req-1")


def test_without_a_request_it_was_the_workflow():
    entry = entry_of(stored(encode(an_order().created().events[-1]), workflow_id="order:ord_1"))

    assert (entry.why, entry.caused_by) == ("", "order:ord_1")


def test_why_a_price_was_proposed_and_refused_is_what_was_said_about_it():
    drafted, _, rejected = a_proposal().submitted().rejected().events
    assert isinstance(drafted, ProposalDrafted)
    assert isinstance(rejected, ProposalRejected)
    words = [
        entry_of(stored(encode_proposal(event), stream="price:prp_1")).why for event in (drafted, rejected)
    ]

    assert words == [drafted.comment, rejected.reason]
    assert all(words)


def test_no_buyer_is_quoted_on_why():
    goods = an_order().paid().planned().arrived().asked_to_return((1, 1)).return_rejected()
    record = encode(goods.events[-1])

    assert record.data["comment"]
    assert entry_of(stored(record)).why == ""


def test_what_nobody_did_was_done_by_the_system():
    assert entry_of(stored(encode(an_order().created().events[-1]))).who == "system"


def test_a_promotion_of_everything_says_so():
    record = encode_proposal(a_proposal(a_promotion(skus=None)).events[0])

    assert "daily_price of everything" in change_of(json.loads(json.dumps(record.data)))
