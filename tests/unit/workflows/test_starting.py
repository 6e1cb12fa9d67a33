"""What a workflow starts with, as people and searches see it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.money import Money
from domain.order.refund_policy import DeliveryFeePolicy, RefundPolicy, ThresholdPolicy
from domain.ports.intake import IntakeEntry, PlaceOrder
from domain.pricing.asking import PriceDrop
from domain.pricing.request import RequestedLine
from workflows import attributes
from workflows.policies import pause_after
from workflows.starting import first_attributes, order_start, policies_from, summary_of


@dataclass(frozen=True)
class Windows:
    payment_window_seconds: float = 60
    confirmation_window_seconds: float = 30
    shipping_window_seconds: float = 90
    return_window_seconds: float = 0
    review_window_seconds: float = 120
    payment_poll_seconds: float = 10
    carrier_poll_seconds: float = 20
    acceptance_window_seconds: float = 40
    decision_window_seconds: float = 50
    receipt_window_seconds: float = 70
    manual_capture_methods: tuple[str, ...] = ("card",)
    refund_delivery_fee: DeliveryFeePolicy = DeliveryFeePolicy.KEEP
    refund_threshold: ThresholdPolicy = ThresholdPolicy.CLAW_BACK
    price_drop: PriceDrop = PriceDrop.CONFIRM
    payment_provider: str = "sandbox"


def an_entry(lines: int = 3, merchants: tuple[str, ...] = ("shop-7",), currency: str = "CNY") -> IntakeEntry:
    wanted = tuple(RequestedLine(f"sku-{number}", 1) for number in range(lines))
    command = PlaceOrder("buyer-1", "snap_1", currency, wanted, None, "corr-1")
    total = Money(19_900, currency)
    accepted = datetime(2026, 1, 1, tzinfo=UTC)
    return IntakeEntry(
        "ord_1", "AAAAA-BBBBBC", "key", command, total, merchants, accepted, None, started=False
    )


def test_a_summary_names_items_amount_and_merchants() -> None:
    assert summary_of(order_start(an_entry(), Windows())) == "3 items · CNY 199.00 · shop-7"
    assert summary_of(order_start(an_entry(lines=1), Windows())).startswith("1 item · ")


def test_a_summary_of_many_merchants_stays_short() -> None:
    entry = an_entry(merchants=tuple(f"m{number}" for number in range(5)))

    assert summary_of(order_start(entry, Windows())).endswith("m0, m1, m2 +2")


def test_the_same_entry_always_starts_the_same_order() -> None:
    assert order_start(an_entry(), Windows(), "pay") == order_start(an_entry(), Windows(), "pay")


def test_an_order_runs_by_the_deadlines_it_was_accepted_under() -> None:
    policies = policies_from(Windows(), "CNY")

    assert policies.payment_window == timedelta(minutes=1)
    assert policies.return_window == timedelta(0)
    assert policies.payment_poll == timedelta(seconds=10)
    assert policies.carrier_poll == timedelta(seconds=20)
    assert policies.acceptance_window == timedelta(seconds=40)
    assert policies.decision_window == timedelta(seconds=50)
    assert policies.receipt_window == timedelta(seconds=70)


def test_an_order_keeps_the_rules_for_money_that_it_was_accepted_under() -> None:
    policies = policies_from(Windows(), "CNY")

    assert policies.manual_capture_methods == ("card",)
    assert policies.refund == RefundPolicy(DeliveryFeePolicy.KEEP, ThresholdPolicy.CLAW_BACK)


@pytest.mark.parametrize(("currency", "tolerance"), [("CNY", 100), ("JPY", 1), ("KWD", 1_000)])
def test_the_price_tolerance_is_one_unit_of_the_currency(currency: str, tolerance: int) -> None:
    assert policies_from(Windows(), currency).price_tolerance == tolerance


@pytest.mark.parametrize("drop", PriceDrop)
def test_an_order_keeps_the_rule_for_lower_prices_that_it_was_accepted_under(drop: PriceDrop) -> None:
    assert policies_from(Windows(price_drop=drop), "CNY").price_drop is drop


def test_first_search_attributes_hold_no_personal_data() -> None:
    found = first_attributes(order_start(an_entry(), Windows()))

    assert found[attributes.ORDER_STATUS] == "draft"
    assert found[attributes.AMOUNT_MINOR] == 19_900
    assert "buyer-1" not in str(found)


def test_pauses_double_up_to_a_bound() -> None:
    pauses = [pause_after(n, timedelta(seconds=1), timedelta(seconds=5)) for n in (1, 2, 3, 4, 1_000)]

    assert [pause.total_seconds() for pause in pauses] == [1, 2, 4, 5, 5]


def test_orders_accepted_now_pay_with_the_provider_of_the_settings():
    assert order_start(an_entry(), Windows(payment_provider="stripe")).provider == "stripe"
