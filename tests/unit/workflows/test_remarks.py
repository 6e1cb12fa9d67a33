"""What a buyer hears of a check, and by which word a hold is refused."""

import pytest

from activities.contracts import SnapshotChecked
from domain.pricing.consistency import Verdict
from domain.stock.allowance import Allowance
from domain.stock.hold import Shortage
from tests.support.builders import cny
from workflows.remarks import only_allowances, refusal_of, remarks_on

GOODS = Shortage("tea", 2, 1)
QUOTA = Shortage("tea", 2, 1, Allowance.of_promotion("pro_1", "tea"))
LIMIT = Shortage("tea", 2, 1, Allowance.of_promotion_for("pro_1", "tea", "buyer-1"))
VOUCHER = Shortage("", 1, 0, Allowance.of_voucher("SAVE"))
OWN_VOUCHER = Shortage("", 1, 0, Allowance.of_voucher_for("SAVE", "buyer-1"))
POINTS = Shortage("", 500, 100, Allowance.of_points("buyer-1"))


@pytest.mark.parametrize(
    ("shortages", "slug"),
    [
        ([GOODS], "out_of_stock"),
        ([QUOTA], "promotion_sold_out"),
        ([LIMIT], "promotion_limit_reached"),
        ([VOUCHER], "voucher_used_up"),
        ([OWN_VOUCHER], "voucher_used_up"),
        ([POINTS], "not_enough_points"),
        ([QUOTA, GOODS], "out_of_stock"),
        ([POINTS, VOUCHER, QUOTA], "promotion_sold_out"),
    ],
)
def test_a_refusal_names_what_was_short(shortages: list[Shortage], slug: str) -> None:
    assert refusal_of(shortages) == slug


def test_another_price_helps_only_when_the_goods_are_there() -> None:
    assert only_allowances([QUOTA, POINTS])
    assert not only_allowances([QUOTA, GOODS])
    assert not only_allowances([])


def _checked(verdict: Verdict, *, soon: bool = False) -> SnapshotChecked:
    return SnapshotChecked(
        verdict=verdict.value,
        snapshot_id="snap_2",
        expiring_soon=soon,
        total=cny(12_000),
        reason="price_adjusted",
    )


def test_a_question_names_both_prices_the_new_snapshot_and_why() -> None:
    (message,) = remarks_on(_checked(Verdict.CHANGED), cny(10_000), asks=True)

    assert (message.code, message.severity, message.reason) == ("price_changed", "warning", "price_adjusted")
    assert (message.old_total, message.new_total, message.snapshot_id) == (
        cny(10_000),
        cny(12_000),
        "snap_2",
    )


def test_a_lower_price_that_is_applied_is_told_without_a_question() -> None:
    (message,) = remarks_on(_checked(Verdict.CHANGED), cny(20_000), asks=False)

    assert (message.code, message.severity) == ("price_changed", "info")


def test_what_ends_soon_is_said_besides() -> None:
    said = remarks_on(_checked(Verdict.CHANGED, soon=True), cny(10_000), asks=True)

    assert [message.code for message in said] == ["price_changed", "expiring_soon"]
    assert remarks_on(_checked(Verdict.HONOURED), cny(12_000), asks=False) == ()
