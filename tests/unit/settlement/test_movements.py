"""What an order's events come to in movements: when, how much, to whom."""

from dataclasses import replace

import pytest

from domain.catalogue.items import Category
from domain.money import Money
from domain.order.events import (
    CaptureRequested,
    LatePaymentReceived,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentFailed,
    PaymentRequested,
    PaymentReviewSettled,
)
from domain.order.fulfilment_events import ShipmentLost, ShipmentsPlanned
from domain.order.shipments import PlannedShipment, Units
from domain.payment.capture import CaptureMode
from domain.payment.review import ReviewDecision
from domain.pricing.breakdown import PriceBreakdown
from domain.settlement.case import HoldReason, case_of
from domain.settlement.movements import Movement, MovementKind, movements
from domain.settlement.parties import PLATFORM, merchant
from domain.settlement.terms import MerchantTerms
from tests.unit.settlement.baskets import breakdown_of, goods
from tests.unit.settlement.stories import (
    DONE,
    HOUR,
    NOON,
    PAY,
    asked_back,
    charged_back,
    cny,
    completed,
    delivered,
    gone_back,
    paid,
)

AGREED = {"tea": MerchantTerms("tea", 1_000)}
PRICE: PriceBreakdown = breakdown_of(goods(2_000, 3_000))


def moved(*events) -> tuple[Movement, ...]:
    return movements(case_of(events), PRICE, AGREED)


def of(movement: Movement, party) -> int:
    return next(share.amount.amount for share in movement.shares if share.party == party)


def test_nothing_is_settled_before_an_order_is_completed():
    assert moved(*paid()) == ()
    assert moved(*paid(), *delivered()) == ()


def test_a_completed_order_is_settled_at_its_completion_by_the_terms_of_each_merchant():
    (sale,) = moved(*completed())

    assert (sale.key, sale.kind, sale.occurred_at) == ("sale", MovementKind.SALE, DONE)
    assert (sale.order_number, sale.buyer) == ("NO-ord_1", cny(5_000))
    assert {share.party: share.amount.amount for share in sale.shares} == {
        merchant("tea"): 1_800,
        merchant("cup"): 2_850,
        PLATFORM: 200 + 150,
    }


def test_refunds_after_it_are_movements_of_their_own_at_their_time():
    later = DONE + 3 * HOUR
    sale, refund = moved(
        *completed(), asked_back("ref_a", 1_000, (1, 1, 1_000)), gone_back("ref_a", 1_000, later)
    )

    assert sale.buyer == cny(5_000)
    assert (refund.key, refund.kind, refund.occurred_at) == ("ref_a", MovementKind.REFUND, later)
    assert refund.buyer == cny(-1_000)
    assert {share.party: share.amount.amount for share in refund.shares} == {
        merchant("tea"): -900,
        PLATFORM: -100,
    }


def test_a_refund_that_was_only_decided_moves_nothing_yet():
    assert len(moved(*completed(), asked_back("ref_a", 1_000, (1, 1, 1_000)))) == 1


def test_refunds_count_in_the_order_in_which_they_were_done():
    events = [
        *completed(),
        asked_back("ref_a", 1_000, (1, 1, 1_000)),
        asked_back("ref_b", 3_000, (2, 1, 3_000)),
        gone_back("ref_b", 3_000),
        gone_back("ref_a", 1_000, DONE + HOUR),
    ]

    assert [movement.key for movement in moved(*events)] == ["sale", "ref_b", "ref_a"]
    # What was told before is the same when more is told.
    assert moved(*events[:-1]) == moved(*events)[:-1]


def test_what_went_back_before_completion_is_told_with_the_sale():
    early = NOON + 4 * HOUR
    events = completed()
    events[-1:-1] = [asked_back("ref_a", 1_000, (1, 1, 1_000), at=early), gone_back("ref_a", 1_000, early)]

    sale, refund = moved(*events)

    assert (sale.occurred_at, refund.occurred_at) == (DONE, DONE)
    assert of(sale, merchant("tea")) + of(refund, merchant("tea")) == 900


def test_a_refund_that_the_provider_made_on_its_own_is_borne_by_all():
    _, refund = moved(*completed(), gone_back("ext_evt_9", 500))

    assert refund.buyer == cny(-500)
    assert of(refund, merchant("cup")) == -285
    assert refund.is_exact


@pytest.mark.parametrize("parts", [(5_000,), (1, 4_999), (1_000, 1_000, 3_000)])
def test_an_order_that_goes_back_whole_leaves_nobody_anything(parts):
    events = completed()
    for number, part in enumerate(parts):
        events += [asked_back(f"ref_{number}", part), gone_back(f"ref_{number}", part)]

    made = moved(*events)

    assert all(movement.is_exact for movement in made)
    for party in (merchant("tea"), merchant("cup"), PLATFORM):
        assert (
            sum(share.amount.amount for movement in made for share in movement.shares if share.party == party)
            == 0
        )


def test_a_lost_parcel_that_was_never_charged_is_taken_off_those_who_sold_it():
    """Authorised at checkout; one parcel was lost before the first left, so less was taken."""

    events = paid()
    assert isinstance(events[2], PaymentRequested)
    events[2] = replace(events[2], capture=CaptureMode.MANUAL)
    events[3] = PaymentAuthorised(PAY, cny(5_000), NOON + HOUR)
    planned = (
        PlannedShipment("shp_a", Category.PHYSICAL, (Units(1, 2),), "main"),
        PlannedShipment("shp_b", Category.PHYSICAL, (Units(2, 1),), "other"),
    )
    case = case_of(
        [
            *events,
            ShipmentsPlanned(planned, NOON + HOUR),
            ShipmentLost("shp_b", NOON + HOUR),
            CaptureRequested(PAY, cny(2_000), NOON + HOUR),
            PaymentCaptured(PAY, cny(2_000), NOON + HOUR),
        ]
    )

    made = movements(replace(case, completed_at=DONE), PRICE, AGREED)

    assert [(each.kind, each.buyer.amount) for each in made] == [
        (MovementKind.SALE, 5_000),
        (MovementKind.NOT_TAKEN, -3_000),
    ]
    assert {share.party: share.amount.amount for share in made[1].shares} == {
        merchant("cup"): -2_850,
        PLATFORM: -150,
    }


def test_money_that_the_order_did_not_want_is_no_matter_of_its_settlement():
    """A first attempt that had failed was paid after all, and sent back."""
    drafted, created, asked, *rest = completed()
    late, again = "pay_ord_1_0", asked
    assert isinstance(again, PaymentRequested)
    first = replace(again, payment_key=late)
    events = [
        *(drafted, created, first, PaymentFailed(late, NOON), again, *rest),
        LatePaymentReceived(late, cny(5_000), DONE),
        replace(asked_back(f"ref_{late}", 5_000, payment_key=late), cause=""),
        gone_back(f"ref_{late}", 5_000, payment_key=late),
    ]

    assert moved(*events) == moved(*completed())


def test_a_completed_order_without_money_is_held():
    case = case_of(completed())

    assert replace(case, order=replace(case.order, payment=None)).hold is HoldReason.NOT_PAID


def test_money_that_was_taken_back_by_a_bank_holds_the_order():
    assert case_of(completed()).hold is None
    assert case_of([*completed(), charged_back()]).hold is HoldReason.CHARGED_BACK


def test_an_order_in_review_is_held_until_somebody_has_decided():
    doubtful = charged_back()
    events = [*completed(), doubtful]
    contradiction = replace(doubtful, reason="captured_then_failed")
    settled = PaymentReviewSettled(PAY, ReviewDecision.DISMISS, "anna", DONE + HOUR)

    assert case_of([*completed(), contradiction]).hold is HoldReason.IN_REVIEW
    assert case_of([*events, settled]).hold is None


def test_a_sum_that_does_not_add_up_is_seen():
    (sale,) = moved(*completed())
    wrong = Movement(
        sale.order_id, sale.order_number, "x", sale.kind, DONE, sale.buyer + Money(1, "CNY"), sale.shares
    )

    assert sale.is_exact
    assert not wrong.is_exact
