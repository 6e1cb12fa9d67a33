"""What a replay makes of a history: orders, cancellations, and a reason for every line that is neither."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.money import Money
from ops.replay.history import Invoice
from ops.replay.plan import GoodsBack, Plan, Reason, TakeBack
from ops.replay.planning import make_plan
from tests.unit.replay.histories import a_line, an_invoice


def planned(*invoices: Invoice, limit: int | None = None, currency: str = "GBP") -> Plan:
    return make_plan(invoices, currency, limit)


def test_an_invoice_becomes_one_order_that_costs_what_the_history_says():
    plan = planned(an_invoice("1", a_line("A", 6, "2.55"), a_line("B", 1, "0.07")))
    (purchase,) = plan.purchases
    assert purchase.total == Money(1_537, "GBP")
    assert [(line.sku, line.quantity) for line in purchase.lines] == [("A@255", 6), ("B@7", 1)]


def test_the_same_code_at_two_prices_is_two_skus_with_stock_for_all_sales():
    plan = planned(
        an_invoice("1", a_line("A", 6, "2.55"), a_line("A", 2, "2.10")),
        an_invoice("2", a_line("A", 4, "2.55")),
    )
    assert {item.sku: (item.price.amount, item.stock) for item in plan.items} == {
        "A@255": (255, 10),
        "A@210": (210, 2),
    }


def test_the_same_sku_twice_in_an_invoice_stays_two_lines():
    (purchase,) = planned(an_invoice("1", a_line("A", 1), a_line("A", 2))).purchases
    assert [line.quantity for line in purchase.lines] == [1, 2]


def test_sales_without_a_customer_get_a_guest_for_each_invoice():
    plan = planned(an_invoice("1", customer=""), an_invoice("2", customer=""), an_invoice("3", customer="9"))
    assert [purchase.buyer_id for purchase in plan.purchases] == ["guest-1", "guest-2", "customer-9"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (a_line(quantity=0), Reason.ZERO_QUANTITY),
        (a_line(quantity=10_000), Reason.QUANTITY_TOO_LARGE),
        (a_line(price="0.00"), Reason.ZERO_PRICE),
        (a_line(price="-11062.06"), Reason.NEGATIVE_PRICE),
        (a_line(price="0.001"), Reason.PRICE_BELOW_MINOR_UNIT),
        (a_line(code="X" * 99), Reason.NAME_TOO_LONG),
    ],
)
def test_one_line_that_cannot_be_sold_refuses_its_whole_invoice(line, reason):
    plan = planned(an_invoice("1", a_line(), replace(line, row=3)), an_invoice("2"))
    assert [purchase.invoice.number for purchase in plan.purchases] == ["2"]
    assert [refusal.reason for refusal in plan.refusals] == [reason, reason]
    assert "row 3" in plan.refusals[0].detail


def test_an_order_has_at_most_a_thousand_lines():
    plan = planned(an_invoice("1", *[a_line()] * 1_000), an_invoice("2", *[a_line()] * 1_001))
    assert [len(purchase.lines) for purchase in plan.purchases] == [1_000]
    assert {refusal.reason for refusal in plan.refusals} == {Reason.TOO_MANY_LINES}


def backs(plan: Plan) -> list[tuple[GoodsBack, ...]]:
    return [step.goods for step in plan.steps if isinstance(step, TakeBack)]


def test_a_cancellation_takes_goods_back_of_the_latest_order_that_has_enough():
    sold = a_line("A", 6, "2.55"), a_line("B", 1, "9.00")
    plan = planned(
        an_invoice("1", *sold),
        an_invoice("2", *reversed(sold)),
        an_invoice("C3", a_line("A", -4, "2.55")),
        an_invoice("C4", a_line("A", -5, "2.55")),
    )
    assert backs(plan) == [(GoodsBack("2", 2, 4),), (GoodsBack("1", 1, 5),)]
    assert [step.money for step in plan.steps if isinstance(step, TakeBack)] == [
        Money(1_020, "GBP"),
        Money(1_275, "GBP"),
    ]


def test_what_no_single_order_has_is_taken_back_of_several_the_latest_first():
    plan = planned(
        an_invoice("1", a_line(quantity=6)),
        an_invoice("2", a_line(quantity=6)),
        an_invoice("C3", a_line(quantity=-8)),
    )
    assert backs(plan) == [(GoodsBack("2", 1, 6), GoodsBack("1", 1, 2))]


def test_of_a_cancellation_the_lines_that_fit_are_taken_back_and_the_others_listed():
    plan = planned(
        an_invoice("1", a_line("A", 6)), an_invoice("C2", a_line("A", -1, row=7), a_line("B", -1, row=8))
    )
    assert backs(plan) == [(GoodsBack("1", 1, 1),)]
    assert [(refusal.line.row, refusal.reason) for refusal in plan.refusals] == [
        (8, Reason.ORIGINAL_NOT_FOUND)
    ]


def test_a_negative_quantity_among_sales_takes_back_too_and_the_rest_is_ordered():
    plan = planned(
        an_invoice("1", a_line("A", 6)), an_invoice("2", a_line("B", 1), a_line("A", -2), a_line("C", -1))
    )
    assert [len(purchase.lines) for purchase in plan.purchases] == [1, 1]
    assert backs(plan) == [(GoodsBack("1", 1, 2),)]
    assert [refusal.reason for refusal in plan.refusals] == [Reason.NEGATIVE_QUANTITY]


@pytest.mark.parametrize(
    ("cancellation", "why"),
    [
        (an_invoice("C2", a_line(quantity=-7)), "7 go back, 6 were left"),
        (an_invoice("C2", a_line(quantity=-6, price="2.54")), "other prices"),
        (an_invoice("C2", a_line("OTHER", -6)), "not ordered it before"),
        (an_invoice("C2", a_line(quantity=-6), customer="13047"), "not ordered it before"),
        (an_invoice("C2", a_line(quantity=-6), customer=""), "no customer"),
        (an_invoice("C2", a_line(quantity=6)), "takes nothing back"),
    ],
)
def test_what_cannot_be_matched_is_listed_with_its_reason(cancellation, why):
    plan = planned(an_invoice("1", a_line(quantity=6)), cancellation)
    assert not backs(plan)
    (refusal,) = plan.refusals
    assert refusal.reason == Reason.ORIGINAL_NOT_FOUND
    assert why in refusal.detail


def test_the_same_goods_are_taken_back_once_and_never_before_they_were_sold():
    plan = planned(
        an_invoice("C0", a_line(quantity=-6)),
        an_invoice("1", a_line(quantity=6)),
        an_invoice("C2", a_line(quantity=-6)),
        an_invoice("C3", a_line(quantity=-1)),
    )
    assert [refusal.line.invoice for refusal in plan.refusals] == ["C0", "C3"]


def test_a_sale_to_nobody_is_never_taken_back():
    plan = planned(an_invoice("1", customer=""), an_invoice("C2", a_line(quantity=-6), customer=""))
    assert [refusal.line.invoice for refusal in plan.refusals] == ["C2"]


def test_a_limit_stops_after_that_many_orders_and_reads_no_further():
    plan = planned(an_invoice("1"), an_invoice("C2"), an_invoice("3"), an_invoice("4"), limit=2)
    assert [purchase.invoice.number for purchase in plan.purchases] == ["1", "3"]
    assert plan.lines_read == 3


def test_every_line_and_every_penny_is_in_the_plan():
    plan = planned(
        an_invoice("1", a_line("A", 2, "1.50")),
        an_invoice("2", a_line("A", 1, "0")),
        an_invoice("C3", a_line("A", -2, "1.50")),
        an_invoice("C4", a_line("B", -1, "7.77")),
    )
    assert (plan.lines_read, plan.money_read) == (4, Decimal("-7.77"))


def test_currencies_without_pennies_take_no_fractions():
    plan = planned(
        an_invoice("1", a_line(price="255")), an_invoice("2", a_line(price="2.55")), currency="JPY"
    )
    assert [purchase.total for purchase in plan.purchases] == [Money(1_530, "JPY")]
    assert [refusal.reason for refusal in plan.refusals] == [Reason.PRICE_BELOW_MINOR_UNIT]
