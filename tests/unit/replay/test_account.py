"""The account: it balances when everything is accounted for, and says what is missing when not."""

import csv
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.money import Money
from ops.replay.account import Sum, every_refusal, make_account
from ops.replay.journal import Placed
from ops.replay.outcome import Ordered, Refused, Results, TakenBack, Unfinished
from ops.replay.plan import Reason, TakeBack
from ops.replay.planning import make_plan
from ops.replay.refused_file import write_refusals
from ops.replay.sales import Sales, read_sales
from tests.unit.replay.histories import a_line, an_invoice

PLAN = make_plan(
    [
        an_invoice("1", a_line("A", 6, "2.55"), a_line("B", 1, "1.00")),
        an_invoice("2", a_line("A", 1, "3.00")),
        an_invoice("3", a_line("A", 1, "0")),
        an_invoice("C4", a_line("B", -1, "1.00")),
    ],
    "GBP",
)


def replayed(*, paid: bool = True) -> Results:
    first, second = PLAN.purchases
    take_back = PLAN.steps[-1]
    assert isinstance(take_back, TakeBack)
    results = Results()
    order = Ordered(first, Placed("ord_1", "N1"), paid)
    back = TakenBack(take_back, (order,)) if paid else Refused(take_back, Reason.ORIGINAL_NOT_PAID, "")
    for outcome in (order, Ordered(second, Placed("ord_2", "N2"), paid), back):
        results.add(outcome)
    return results


_MONEY = ("total", "captured", "refunded")


def row(status: str, orders: int, lines: int, *money: int, currency: str = "GBP") -> dict[str, Any]:
    return {
        "status": status,
        "currency": currency,
        "orders": orders,
        "lines": lines,
        **{
            name: {"amount": amount, "currency": currency}
            for name, amount in zip(_MONEY, (*money, 0, 0), strict=False)
        },
    }


def sales(*rows: dict[str, Any]) -> Sales:
    return read_sales({"by": list(rows)}, "GBP")


AGREEING = sales(row("shipped", 1, 2, 1_630, 1_630, 100), row("paid", 1, 1, 300, 300))


def test_an_account_that_balances_has_no_differences():
    account = make_account(PLAN, replayed(), pay=True)
    assert list(account.differences(AGREEING)) == []


def test_an_order_counts_as_ordered_whatever_was_taken_back_of_it():
    account = make_account(PLAN, replayed(), pay=True)
    assert account.ordered == Sum(2, 3, Decimal("19.30"))
    assert account.take_backs == Sum(1, 1, Decimal("-1.00"))
    assert account.expected.refunded == Money(100, "GBP")
    assert account.refused == {"zero_price": Sum(1, 1, Decimal(0))}


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (sales(row("paid", 2, 3, 1_929, 1_930, 100)), "total: 19.30 GBP by the account, 19.29 GBP"),
        (sales(row("paid", 2, 2, 1_930, 1_930, 100)), "lines: 3 ordered, the projection has 2"),
        (sales(row("paid", 3, 3, 1_930, 1_930, 100)), "orders: 2 ordered, the projection has 3"),
        (sales(row("paid", 2, 3, 1_930, 1_930, 99)), "refunded: 1.00 GBP by the account, 0.99 GBP"),
    ],
)
def test_a_penny_an_order_or_a_line_too_few_in_the_projection_is_a_difference(found, words):
    (difference,) = make_account(PLAN, replayed(), pay=True).differences(found)
    assert words in difference


def test_an_invoice_of_which_some_lines_are_refused_and_some_taken_back_is_no_difference():
    plan = make_plan(
        [an_invoice("1", a_line("A", 6)), an_invoice("C2", a_line("A", -1), a_line("B", -1))], "GBP"
    )
    (purchase,), back = plan.purchases, plan.steps[-1]
    assert isinstance(back, TakeBack)
    order, results = Ordered(purchase, Placed("ord_1", "N1"), paid=True), Results()
    results.add(order)
    results.add(TakenBack(back, (order,)))
    found = sales(row("shipped", 1, 1, 1_530, 1_530, 255))
    assert list(make_account(plan, results, pay=True).differences(found)) == []


def test_a_step_without_an_answer_is_a_difference():
    results = replayed()
    results.add(Unfinished(results.ordered.pop().purchase, "no answer"))
    found = sales(row("shipped", 1, 2, 1_630, 1_630, 100))
    (difference,) = make_account(PLAN, results, pay=True).differences(found)
    assert "run the same command again" in difference


def test_a_step_that_got_lost_is_a_difference():
    results = replayed()
    results.ordered.pop()
    found = sales(row("shipped", 1, 2, 1_630, 1_630, 100))
    (difference,) = make_account(PLAN, results, pay=True).differences(found)
    assert difference.startswith("read 5 lines")


def test_orders_that_should_be_paid_and_are_not_are_a_difference():
    found = sales(row("created", 2, 3, 1_930))
    assert list(make_account(PLAN, replayed(paid=False), pay=True).differences(found)) == [
        "2 orders are not paid"
    ]
    assert list(make_account(PLAN, replayed(paid=False), pay=False).differences(found)) == []


def test_other_currencies_of_the_merchant_are_left_out():
    assert sales(row("paid", 1, 1, 100), row("paid", 1, 1, 999, currency="EUR")).together.total == Money(
        100, "GBP"
    )


def test_every_refused_line_is_written_with_its_reason_in_the_order_of_the_file(tmp_path):
    results = replayed()
    late = replace(results.ordered.pop().purchase, invoice=an_invoice("2", a_line(row=1, title="a, b")))
    results.add(Refused(late, "out_of_stock", "1 wanted, 0 left"))
    path = tmp_path / "out" / "refused.csv"
    write_refusals(path, every_refusal(PLAN, results))
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [(each["invoice"], each["reason"]) for each in rows] == [
        ("2", "out_of_stock"),
        ("3", "zero_price"),
    ]
    assert rows[0]["title"] == "a, b"
