"""Replay gives the same order, and an impossible story fails loudly (A4)."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

import pytest

from domain.errors import DomainError, InvalidStateTransitionError
from domain.money import Money
from domain.order.document import order_document, order_from
from domain.order.errors import (
    EmptyOrderError,
    IllegalEventError,
    PaymentAmountMismatchError,
    RefundExceedsCapturedError,
)
from domain.order.events import (
    LatePaymentReceived,
    OrderCancelled,
    OrderCompleted,
    OrderCreated,
    OrderDelivered,
    OrderShipped,
    PaymentConfirmed,
    PaymentFailed,
    PaymentPutInReview,
    PaymentRefunded,
    PaymentRequested,
    RefundRequested,
)
from domain.order.order import fold
from domain.order.status import CancelReason, OrderStatus
from tests.support.builders import NOON, PROVIDER, a_fact, an_order, cny
from tests.unit.domain.states import STORIES

LATER = NOON + timedelta(hours=1)
KEY = "pay_ord_1_1"
WHOLE_STORY = (
    an_order().with_line().with_delivery_fee(cny(50)).paid().shipped().delivered().completed().events
)
CREATED = OrderCreated(
    "snap_1", cny(1_000), cny(0), cny(1_000), LATER, LATER, other_charges=cny(0), lines=(), line_goods=()
)
USD = Money(0, "USD")

# Each event in a state where it cannot have happened, and what replay says to it.
ILLEGAL = {
    "drafted twice": (an_order().drafted(), an_order().drafted().events[0], IllegalEventError),
    "created twice": (an_order().created(), CREATED, InvalidStateTransitionError),
    "created with a sum that is none": (
        an_order().drafted(),
        replace(CREATED, total=cny(999)),
        IllegalEventError,
    ),
    "created below zero": (
        an_order().drafted(),
        replace(CREATED, goods=cny(-1), total=cny(-1)),
        IllegalEventError,
    ),
    "created in another currency": (
        an_order().drafted(),
        replace(CREATED, goods=Money(1, "USD"), delivery_fee=USD, other_charges=USD, total=Money(1, "USD")),
        IllegalEventError,
    ),
    "asked to pay before creation": (
        an_order().drafted(),
        PaymentRequested(KEY, 1, PROVIDER, cny(1_000), LATER),
        IllegalEventError,
    ),
    "asked while an attempt is open": (
        an_order().asked_to_pay(),
        PaymentRequested("pay_ord_1_2", 2, PROVIDER, cny(1_000), LATER),
        IllegalEventError,
    ),
    "asked under a used key": (
        an_order().declined(),
        PaymentRequested(KEY, 2, PROVIDER, cny(1_000), LATER),
        IllegalEventError,
    ),
    "failed without an attempt": (an_order().created(), PaymentFailed(KEY, LATER), IllegalEventError),
    "failed after payment": (an_order().paid(), PaymentFailed(KEY, LATER), IllegalEventError),
    "paid twice": (
        an_order().paid(),
        PaymentConfirmed(KEY, cny(1_000), LATER),
        InvalidStateTransitionError,
    ),
    "paid without an attempt": (
        an_order().created(),
        PaymentConfirmed(KEY, cny(1_000), LATER),
        IllegalEventError,
    ),
    "paid too much": (
        an_order().asked_to_pay(),
        PaymentConfirmed(KEY, cny(1_001), LATER),
        PaymentAmountMismatchError,
    ),
    "in review without an attempt": (
        an_order().created(),
        PaymentPutInReview(KEY, "amount_mismatch", cny(1), LATER),
        IllegalEventError,
    ),
    "late money while it is waited for": (
        an_order().asked_to_pay(),
        LatePaymentReceived(KEY, cny(1_000), LATER),
        IllegalEventError,
    ),
    "late money of another currency": (
        an_order().asked_to_pay().cancelled(),
        LatePaymentReceived(KEY, Money(1_000, "USD"), LATER),
        IllegalEventError,
    ),
    "the same money as late money": (
        an_order().paid(),
        LatePaymentReceived(KEY, cny(1_000), LATER),
        IllegalEventError,
    ),
    "a refund of no money": (
        an_order().created(),
        RefundRequested("ref_1", KEY, cny(1), "buyer", LATER),
        RefundExceedsCapturedError,
    ),
    "the same refund asked twice": (
        an_order().paid().cancelled(),
        RefundRequested("ref_pay_ord_1_1", KEY, cny(1_000), "buyer", LATER),
        IllegalEventError,
    ),
    "refunded without money": (
        an_order().created(),
        PaymentRefunded("ref_1", KEY, cny(1), LATER),
        RefundExceedsCapturedError,
    ),
    "refunded too much": (
        an_order().paid(),
        PaymentRefunded("ref_1", KEY, cny(1_001), LATER),
        RefundExceedsCapturedError,
    ),
    "refunded twice under one key": (
        an_order().paid().refunded(cny(1), "ref_1"),
        PaymentRefunded("ref_1", KEY, cny(1), LATER),
        IllegalEventError,
    ),
    "shipped before payment": (
        an_order().created(),
        OrderShipped("shp_1", LATER),
        InvalidStateTransitionError,
    ),
    "delivered before shipment": (an_order().paid(), OrderDelivered("shp_1", LATER), IllegalEventError),
    "delivered twice": (
        an_order().paid().shipped().delivered(),
        OrderDelivered("shp_1", LATER),
        IllegalEventError,
    ),
    "completed before delivery": (an_order().paid().shipped(), OrderCompleted(LATER), IllegalEventError),
    "completed before shipment": (an_order().paid(), OrderCompleted(LATER), InvalidStateTransitionError),
    "cancelled twice": (
        an_order().created().cancelled(),
        OrderCancelled(CancelReason.BUYER, "buyer", LATER),
        InvalidStateTransitionError,
    ),
    "cancelled after shipment with the money kept": (
        an_order().paid().shipped(),
        OrderCancelled(CancelReason.REFUNDED, "refund", LATER),
        IllegalEventError,
    ),
}


@pytest.mark.parametrize("name", ILLEGAL)
def test_an_impossible_event_fails_loudly_and_changes_nothing(name):
    story, event, error = ILLEGAL[name]
    before = story.order

    with pytest.raises(DomainError) as refused:
        before.apply(event)

    assert refused.type is error
    assert story.order == before


def test_folding_in_one_go_or_in_two_gives_the_same_order():
    whole = fold(WHOLE_STORY)

    for cut in range(1, len(WHOLE_STORY)):
        assert fold(WHOLE_STORY[cut:], onto=fold(WHOLE_STORY[:cut])) == whole


def test_folding_changes_no_earlier_state():
    early = fold(WHOLE_STORY[:2])
    fold(WHOLE_STORY[2:], onto=early)

    assert early.status is OrderStatus.CREATED
    assert early == fold(WHOLE_STORY[:2])


def test_the_version_counts_the_events_and_the_clock_follows_them():
    order = fold(WHOLE_STORY)

    assert order.version == len(WHOLE_STORY)
    assert order.updated_at is not None
    assert order.created_at < order.updated_at
    assert order.created_at == fold(WHOLE_STORY[:1]).created_at


@pytest.mark.parametrize("events", [[], [OrderCompleted(NOON)], [CREATED]])
def test_a_stream_starts_with_its_draft(events):
    with pytest.raises(IllegalEventError):
        fold(events)


def test_an_order_without_lines_never_leaves_draft():
    empty = replace(an_order().drafted().order, lines=())

    with pytest.raises(EmptyOrderError):
        empty.apply(CREATED)


def test_what_is_no_event_is_refused():
    with pytest.raises(AssertionError):
        an_order().created().order.apply(cast("Any", "paid"))


@pytest.mark.parametrize("state", STORIES)
def test_a_document_of_an_order_gives_the_same_order(state):
    order = STORIES[state]()

    assert order_from(json.loads(json.dumps(order_document(order)))) == order


def test_a_document_keeps_the_agreed_charges_and_parts():
    story = an_order().with_line("mug", 2).agreed_at(cny(1_500), charges=cny(70)).created()

    kept = order_from(json.loads(json.dumps(order_document(story.order))))

    assert (kept.other_charges, kept.line_goods) == (cny(70), (3_000,))


def test_a_document_of_before_promotions_gives_an_order_without_other_charges():
    order = an_order().created().order
    old = {name: value for name, value in order_document(order).items() if name != "other_charges"}

    assert "line_goods" not in old
    assert order_from(old) == order


ADDED = {
    "provider",
    "capture",
    "line_goods",
    "authorisation",
    "capture_asked",
    "uncharged",
    "shipments",
    "returns",
}


@pytest.mark.parametrize(
    "story",
    [
        an_order().paid(),
        an_order().paid().cancelled(),
        an_order().paid().cancelled().refunded(),
        an_order().asked_to_pay().cancelled().reported(a_fact("pay_ord_1_1")),
    ],
    ids=["paid", "promised", "refunded", "unwanted"],
)
def test_a_document_of_before_part_refunds_gives_the_order_and_what_is_owed(story):
    order = replace(story.order, provider="")
    document = json.loads(json.dumps(order_document(order)))
    old = {name: value for name, value in document.items() if name not in ADDED | {"refunds"}}
    old["refunds_requested"] = sorted(order.refunds_requested)
    old["refunds_done"] = sorted(order.refunds_done)

    assert order_from(old) == order


def test_an_order_names_its_merchants_once_in_order_of_its_lines():
    story = (
        an_order().with_line("a", merchant="m2").with_line("b", merchant="m1").with_line("c", merchant="m2")
    )

    assert story.created().order.merchants == ("m2", "m1")
