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
from tests.support.builders import an_order, cny

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
        (OrderFilter(number="NO-ord_"), ["ord_3", "ord_2", "ord_1"]),
        (OrderFilter(number="NO-ord%"), []),
        (OrderFilter(number="ord_2"), []),
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


@pytest.fixture
async def market(pool: Pool) -> PostgresOrderViews:
    """An order of two merchants and one of a single one, both paid; carrying the first costs 5.00."""
    shared = an_order("ord_1").with_line("tea", 3, cny(700), merchant="tea").with_line("mug", merchant="cups")
    shared.with_line("pot", 1, cny(2_000), merchant="cups").with_delivery_fee(cny(500)).paid()
    store = PostgresEventStore(pool)
    await tell(store, "ord_1", shared.events)
    await tell(store, "ord_2", an_order("ord_2").with_line("tea", 1, cny(700), merchant="tea").paid().events)
    await project(pool)
    return PostgresOrderViews(pool)


@pytest.mark.parametrize(("merchant", "whole_orders"), [("tea", (2, 6_300)), ("cups", (1, 5_600))])
async def test_orders_and_money_are_those_of_the_whole_orders_in_which_a_merchant_sells(
    market: PostgresOrderViews, merchant: str, whole_orders: tuple[int, int]
) -> None:
    (sums,) = await market.totals(merchant)

    assert (sums.orders, sums.total.amount) == whole_orders
    assert sums.captured == sums.total


@pytest.mark.parametrize(("merchant", "own"), [("tea", (2, 2_800)), ("cups", (2, 3_000))])
async def test_lines_and_goods_are_the_merchants_own(
    market: PostgresOrderViews, merchant: str, own: tuple[int, int]
) -> None:
    (sums,) = await market.totals(merchant)

    assert (sums.lines, sums.goods.amount) == own


async def test_who_sells_nothing_has_no_sums(market: PostgresOrderViews) -> None:
    assert await market.totals("o'hara\"") == ()


async def test_merchants_goods_add_up_to_all_goods(market: PostgresOrderViews) -> None:
    (everything,), (tea,), (cups,) = [await market.totals(name) for name in (None, "tea", "cups")]

    assert everything.goods == tea.goods + cups.goods == cny(5_800)
    assert everything.lines == tea.lines + cups.lines == 4


async def test_an_order_that_was_not_projected_is_not_there(views: PostgresOrderViews) -> None:
    assert await views.get("ord_unknown") is None


async def test_the_beginning_of_a_number_is_looked_up_in_an_index(
    pool: Pool, views: PostgresOrderViews
) -> None:
    assert (await views.list(OrderFilter(number="NO-ord_2"))).orders
    async with pool.acquire() as session, session.transaction():
        await session.execute("SET LOCAL enable_seqscan = off")
        plan = await session.fetch(
            "EXPLAIN SELECT id FROM order_summary WHERE number LIKE ('NO-ord/_' || '%') ESCAPE '/'"
        )

    assert any("order_summary_number_idx" in row[0] and "Index" in row[0] for row in plan), plan
