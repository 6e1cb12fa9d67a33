"""Two lists of movements against each other."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidValueError
from domain.money import Money
from domain.order.events import (
    LatePaymentReceived,
    OrderCompleted,
    PaymentAuthorised,
    PaymentCaptured,
    PaymentConfirmed,
    PaymentPutInReview,
    PaymentRefunded,
)
from domain.payment.facts import FactKind
from domain.ports.payments import ReportLine
from domain.reconciliation.compare import ReconciliationWindow, compare
from domain.reconciliation.difference import DifferenceCase, DifferenceClosedError, DifferenceStatus, Fault
from domain.reconciliation.ledger import BookedLine, booked

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY = ReconciliationWindow(NOON, NOON + timedelta(days=1))
MINUTE = timedelta(minutes=1)


def cny(amount: int) -> Money:
    return Money(amount, "CNY")


def mine(key: str = "pay_1", kind: FactKind = FactKind.CAPTURED, amount: int = 1_000, refund: str = ""):
    return BookedLine("ord_1", key, kind, cny(amount), NOON + MINUTE, refund)


def theirs(key: str = "pay_1", kind: FactKind = FactKind.CAPTURED, amount: int = 1_000, refund=None):
    return ReportLine("sandbox", key, kind, cny(amount), NOON, refund)


def faults(ours, reported) -> list[tuple[Fault, str]]:
    return [(each.fault, each.payment_key) for each in compare("sandbox", DAY, ours, reported)]


def test_the_same_movements_on_both_sides_are_no_difference():
    ours = [mine(), mine(kind=FactKind.REFUNDED, refund="ref_1"), mine(kind=FactKind.CHARGED_BACK)]
    reported = [theirs(), theirs(kind=FactKind.REFUNDED, refund="ref_1"), theirs(kind=FactKind.CHARGED_BACK)]

    assert faults(ours, reported) == []


def test_each_kind_of_difference_is_called_by_its_name():
    ours = [mine("pay_a"), mine("pay_b"), mine("pay_d"), mine("pay_e")]
    reported = [
        theirs("pay_b", amount=999),
        theirs("pay_c"),
        theirs("pay_d", FactKind.CHARGED_BACK),
        theirs("pay_e"),
    ]

    assert faults(ours, reported) == [
        (Fault.MISSING_THERE, "pay_a"),
        (Fault.AMOUNT_MISMATCH, "pay_b"),
        (Fault.MISSING_HERE, "pay_c"),
        (Fault.STATE_MISMATCH, "pay_d"),
    ]


def test_a_difference_shows_what_each_side_says():
    (found,) = compare("sandbox", DAY, [mine()], [theirs(amount=999)])

    assert found.ours
    assert found.theirs
    assert (found.ours.amount, found.theirs.amount) == (cny(1_000), cny(999))
    assert (found.order_id, found.provider) == ("ord_1", "sandbox")


def test_another_currency_is_another_amount():
    assert faults([mine()], [replace(theirs(), amount=Money(1_000, "USD"))]) == [
        (Fault.AMOUNT_MISMATCH, "pay_1")
    ]


def test_a_payment_that_was_taken_twice_there_is_another_amount():
    assert faults([mine()], [theirs(), theirs()]) == [(Fault.AMOUNT_MISMATCH, "pay_1")]


def test_another_thing_over_another_amount_is_two_lines_that_are_missing():
    ours, reported = mine(), theirs(kind=FactKind.REFUNDED, amount=300)

    assert faults([ours], [reported]) == [(Fault.MISSING_HERE, "pay_1"), (Fault.MISSING_THERE, "pay_1")]


def test_refunds_are_told_apart_by_their_keys():
    ours = [mine(kind=FactKind.REFUNDED, refund="ref_1"), mine(kind=FactKind.REFUNDED, refund="ref_2")]

    assert faults(ours, [theirs(kind=FactKind.REFUNDED, refund="ref_1")]) == [(Fault.MISSING_THERE, "pay_1")]


def test_a_refund_that_the_provider_made_on_its_own_is_known_without_a_key():
    ours = [mine(kind=FactKind.REFUNDED, amount=amount, refund=f"ext_{amount}") for amount in (300, 200)]

    assert faults(ours, [theirs(kind=FactKind.REFUNDED, amount=500)]) == []
    assert faults(ours, [theirs(kind=FactKind.REFUNDED, amount=300)]) == [(Fault.AMOUNT_MISMATCH, "pay_1")]


def test_that_a_bank_took_money_back_counts_and_how_much_of_it_does_not():
    ours, reported = mine(kind=FactKind.CHARGED_BACK), theirs(kind=FactKind.CHARGED_BACK, amount=1)

    assert faults([ours], [reported]) == []


@pytest.mark.parametrize(
    ("moment", "counts"),
    [
        (DAY.since - timedelta(microseconds=1), False),
        (DAY.since, True),
        (DAY.until - timedelta(microseconds=1), True),
        (DAY.until, False),
    ],
)
def test_only_lines_in_the_window_are_differences(moment, counts):
    assert bool(faults([replace(mine(), occurred_at=moment)], [])) is counts
    assert bool(faults([], [replace(theirs(), occurred_at=moment)])) is counts


def test_of_several_lines_one_in_the_window_is_enough():
    before = replace(theirs(), occurred_at=DAY.since - MINUTE)

    assert faults([mine()], [before, theirs()]) == [(Fault.AMOUNT_MISMATCH, "pay_1")]
    assert faults([], [before, replace(theirs(), occurred_at=DAY.until - MINUTE)]) == [
        (Fault.MISSING_HERE, "pay_1")
    ]


def test_an_empty_window_is_refused():
    with pytest.raises(InvalidValueError):
        ReconciliationWindow(NOON, NOON)


_keys = st.sampled_from(["pay_1", "pay_2", "pay_3"])
_books = st.lists(st.builds(mine, _keys, st.sampled_from(list(FactKind)[1:2]), st.integers(1, 3)), max_size=6)


@given(_books, st.randoms(use_true_random=False))
def test_a_report_that_says_what_we_say_differs_in_nothing_whatever_its_order(ours, chance):
    reported = [theirs(line.payment_key, line.kind, line.amount.amount) for line in ours]
    chance.shuffle(reported)

    assert faults(ours, reported) == []


@given(_books, _books)
def test_the_order_of_lines_never_matters(ours, others):
    reported = [theirs(line.payment_key, line.kind, line.amount.amount) for line in others]

    assert faults(ours, reported) == faults(ours[::-1], reported[::-1])


def test_events_that_move_money_are_booked_and_others_are_not():
    late = LatePaymentReceived("pay_1", cny(5), NOON)
    expected = BookedLine("ord_1", "pay_1", FactKind.CAPTURED, cny(5), NOON)

    for event in (late, PaymentConfirmed("pay_1", cny(5), NOON), PaymentCaptured("pay_1", cny(5), NOON)):
        assert booked("ord_1", event) == expected
    assert booked("ord_1", PaymentRefunded("ref_1", "pay_1", cny(5), NOON)) == replace(
        expected, kind=FactKind.REFUNDED, refund_key="ref_1"
    )
    assert booked("ord_1", OrderCompleted(NOON)) is None
    assert booked("ord_1", PaymentAuthorised("pay_1", cny(5), NOON)) is None


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("amount_mismatch", FactKind.CAPTURED),
        ("captured_then_failed", FactKind.CAPTURED),
        ("charged_back", FactKind.CHARGED_BACK),
        ("capture_refused", None),
    ],
)
def test_doubtful_money_is_booked_when_it_has_moved(reason, kind):
    line = booked("ord_1", PaymentPutInReview("pay_1", reason, cny(5), NOON))

    assert (line and line.kind) == kind


def test_an_order_that_costs_nothing_moves_nothing():
    assert booked("ord_1", PaymentConfirmed("pay_1", cny(0), NOON)) is None


def a_case() -> DifferenceCase:
    (found,) = compare("sandbox", DAY, [mine()], [theirs(amount=999)])
    return DifferenceCase(found)


def test_what_was_put_aside_stays_so_while_it_is_the_same():
    parked = a_case().closed(DifferenceStatus.PARKED, "theirs", "anna", NOON)
    (other,) = compare("sandbox", DAY, [mine()], [theirs(amount=998)])

    assert parked.found_again(parked.difference) == parked
    assert parked.found_again(other).status is DifferenceStatus.OPEN


@pytest.mark.parametrize("status", [DifferenceStatus.REPAIRED, DifferenceStatus.GONE])
def test_what_was_thought_to_be_over_is_open_again_when_it_is_found_again(status):
    over = a_case().closed(status, "done", "anna", NOON)

    assert over.found_again(over.difference) == a_case()


def test_a_difference_is_decided_once_and_the_same_word_again_changes_nothing():
    parked = a_case().closed(DifferenceStatus.PARKED, "theirs", "anna", NOON)

    assert parked.closed(DifferenceStatus.PARKED, "again", "bert", NOON + MINUTE) is parked
    with pytest.raises(DifferenceClosedError):
        parked.closed(DifferenceStatus.REPAIRED, "", "bert", NOON)


def test_a_line_that_is_found_again_is_the_same_difference():
    found = compare("sandbox", DAY, [mine()], [theirs(amount=999)])[0]
    later = compare("sandbox", DAY, [mine(amount=1)], [theirs(amount=998)])[0]

    assert found.id == later.id
    assert compare("stripe", DAY, [mine()], [theirs(amount=999)])[0].id != found.id
