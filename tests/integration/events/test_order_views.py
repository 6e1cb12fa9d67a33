"""Lists and sums over projected orders: filters, pages without gaps or doubles, money to the penny."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.projections.runner import ProjectionRunner
from adapters.postgres.projections.views import PostgresOrderViews
from domain.errors import InvalidValueError
from domain.money import Money
from domain.order.status import OrderStatus, PaymentStatus
from domain.ports.projections import OrderCursor, OrderFilter, OrderTotals
from tests.integration.events.stories import NOON, Story, tell

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

PAID = Story("ord_1", at=NOON, buyer="ann", merchant="tea", quantities=(1, 2))
OPEN = Story("ord_2", at=NOON + timedelta(hours=1), buyer="bob", merchant="tea")
GONE = Story("ord_3", at=NOON + timedelta(hours=2), buyer="ann", merchant="cups", currency="GBP", price=333)


@pytest.fixture
async def views(pool: Pool) -> PostgresOrderViews:
    store = PostgresEventStore(pool)
    await tell(store, PAID.order_id, PAID.paid())
    await tell(store, OPEN.order_id, OPEN.created())
    await tell(store, GONE.order_id, GONE.cancelled())
    await project(pool)
    return PostgresOrderViews(pool)


async def project(pool: Pool) -> None:
    runner = ProjectionRunner(pool, PostgresEventFeed(pool), "test")
    while await runner.step():
        pass


@pytest.mark.parametrize(
    ("narrowed", "expected"),
    [
        (OrderFilter(), ["ord_3", "ord_2", "ord_1"]),
        (OrderFilter(status=OrderStatus.PAID), ["ord_1"]),
        (OrderFilter(buyer_id="ann"), ["ord_3", "ord_1"]),
        (OrderFilter(merchant_id="tea"), ["ord_2", "ord_1"]),
        (OrderFilter(number="NO-ord_2"), ["ord_2"]),
        (OrderFilter(created_from=NOON + timedelta(hours=1)), ["ord_3", "ord_2"]),
        (OrderFilter(created_until=NOON + timedelta(hours=1)), ["ord_1"]),
        (OrderFilter(buyer_id="ann", merchant_id="tea"), ["ord_1"]),
        (OrderFilter(buyer_id="ann' OR true --"), []),
    ],
)
async def test_a_list_is_narrowed_and_newest_first(
    views: PostgresOrderViews, narrowed: OrderFilter, expected: list[str]
) -> None:
    page = await views.list(narrowed)

    assert [order.id for order in page.orders] == expected
    assert page.next is None


async def test_a_list_entry_says_what_its_order_is_worth(views: PostgresOrderViews) -> None:
    (order,) = (await views.list(OrderFilter(number=PAID.number))).orders

    assert (order.status, order.payment_status, order.lines) == (OrderStatus.PAID, PaymentStatus.CAPTURED, 2)
    assert (order.buyer_id, order.merchants) == ("ann", ("tea",))
    assert order.total == order.goods == order.captured == Money(3_000, "CNY")
    assert order.refunded.is_zero
    assert (order.created_at, order.updated_at) == (NOON, NOON + timedelta(seconds=2))


async def test_pages_show_every_order_once_even_when_times_are_equal(pool: Pool) -> None:
    store = PostgresEventStore(pool)
    ids = [f"ord_{number:02}" for number in range(23)]
    for number, order_id in enumerate(ids):
        await tell(store, order_id, Story(order_id, at=NOON + timedelta(minutes=number // 10)).created())
    await project(pool)
    found: list[str] = []
    cursor: OrderCursor | None = None

    for _ in range(5):
        page = await PostgresOrderViews(pool).list(OrderFilter(), cursor, limit=5)
        found += [order.id for order in page.orders]
        cursor = page.next

    assert cursor is None
    assert found == ids[20:] + ids[10:20] + ids[:10]


@pytest.mark.parametrize("limit", [0, -1, 101])
async def test_a_page_of_another_size_is_refused(views: PostgresOrderViews, limit: int) -> None:
    with pytest.raises(InvalidValueError):
        await views.list(OrderFilter(), limit=limit)


async def test_sums_are_by_status_and_currency(views: PostgresOrderViews) -> None:
    cny, gbp = Money(0, "CNY"), Money(0, "GBP")

    totals = await views.totals()

    assert totals == (
        OrderTotals(OrderStatus.CANCELLED, 1, 1, Money(666, "GBP"), Money(666, "GBP"), gbp, gbp),
        OrderTotals(OrderStatus.CREATED, 1, 1, Money(2_000, "CNY"), Money(2_000, "CNY"), cny, cny),
        OrderTotals(
            OrderStatus.PAID, 1, 2, Money(3_000, "CNY"), Money(3_000, "CNY"), Money(3_000, "CNY"), cny
        ),
    )


async def test_sums_can_be_those_of_one_merchant_and_one_stretch_of_time(views: PostgresOrderViews) -> None:
    totals = await views.totals("tea", created_from=NOON, created_until=NOON + timedelta(minutes=1))

    assert [(sums.status, sums.orders, sums.total) for sums in totals] == [
        (OrderStatus.PAID, 1, Money(3_000, "CNY"))
    ]


async def test_an_order_that_was_not_projected_is_not_there(views: PostgresOrderViews) -> None:
    assert await views.get("ord_unknown") is None
