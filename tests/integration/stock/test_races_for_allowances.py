"""Many buyers at once for quota, limits and carts on a real PostgreSQL: nothing is promised twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from adapters.postgres.catalogue import PostgresCatalogue
from adapters.postgres.stock_audit import contradictions
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldStatus, StockLine
from tests.support.offers import ANN, a_promotion, an_item
from tests.support.shelves import NOON, Shelf, a_cart, an_order, postgres_shelf

QUOTA = Allowance.of_promotion("flash", "tea")
VOUCHER = Allowance.of_voucher("SPRING")


@pytest.fixture
async def shelf(fresh_database: str) -> AsyncIterator[Shelf]:
    async with postgres_shelf(fresh_database) as found:
        yield found
        assert found.pool is not None
        assert await contradictions(found.pool) == ()


def limit_of(buyer: str, limit: int, quantity: int = 1) -> Claim:
    return Claim(Allowance.of_promotion_for("flash", "tea", buyer), quantity, limit)


async def test_of_fifty_buyers_ten_get_the_last_units_of_a_promotion_with_goods_to_spare(
    shelf: Shelf,
) -> None:
    await shelf.put(tea=100)
    await shelf.allow(QUOTA, 10)

    takes = (
        shelf.ledger.take(an_order(f"ord_{n}", Claim(QUOTA, 1), limit_of(f"b{n}", 1), buyer=f"b{n}", tea=1))
        for n in range(50)
    )
    answers = await asyncio.gather(*takes)

    assert sum(not answer.refused for answer in answers) == 10
    assert {s.allowance for answer in answers for s in answer.shortages} == {QUOTA}
    assert await shelf.counts(QUOTA) == (0, 10, 0)
    assert await shelf.goods("tea") == (90, 10, 0)


async def test_a_buyer_with_twenty_windows_open_gets_no_more_than_the_limit(shelf: Shelf) -> None:
    await shelf.put(tea=100)

    takes = (shelf.ledger.take(an_order(f"ord_{n}", limit_of("ann", 3), tea=1)) for n in range(20))
    answers = await asyncio.gather(*takes)

    assert sum(not answer.refused for answer in answers) == 3
    assert await shelf.counts(limit_of("ann", 3).allowance) == (0, 3, 0)


async def test_first_purchases_that_are_refused_at_once_leave_nothing(shelf: Shelf) -> None:
    await shelf.put(tea=1)

    takes = (shelf.ledger.take(an_order(f"ord_{n}", limit_of("ann", 3, 2), tea=2)) for n in range(20))
    answers = await asyncio.gather(*takes)

    assert all(answer.refused for answer in answers)
    assert await shelf.ledger.allowance(limit_of("ann", 3).allowance) is None


async def test_the_last_uses_of_a_voucher_go_to_buyers_of_different_goods_once(shelf: Shelf) -> None:
    """They share no row of goods that they would have to wait for."""
    await shelf.allow(VOUCHER, 10)
    orders = [an_order(f"ord_{n}", Claim(VOUCHER, 1), buyer=f"b{n}") for n in range(50)]
    for order in orders:
        await shelf.put(**{order.reference: 1})

    answers = await asyncio.gather(
        *(shelf.ledger.take(replace(order, lines=(StockLine(order.reference, 1),))) for order in orders)
    )

    assert sum(not answer.refused for answer in answers) == 10
    assert await shelf.counts(VOUCHER) == (0, 10, 0)


async def test_orders_of_different_goods_over_the_same_allowances_do_not_deadlock(shelf: Shelf) -> None:
    """Each round has new limits for the one buyer, so that making their rows is part of the race."""
    skus = [f"sku-{n}" for n in range(12)]
    await shelf.put(**dict.fromkeys(skus, 100))
    shared = [Claim(Allowance.of_voucher(f"V{n}"), 1) for n in range(8)]
    for claim in shared:
        await shelf.allow(claim.allowance, 500)

    async def one_order(turn: int, sku: str) -> None:
        chance = random.Random(f"{turn}/{sku}")
        limits = [Claim(Allowance.of_voucher_for(f"N{turn}-{n}", "ann"), 1, limit=20) for n in range(60)]
        claims = chance.sample([*shared, *limits], 68)
        reference = f"{turn}/{sku}"
        answer = await shelf.ledger.take(replace(an_order(reference, *claims), lines=(StockLine(sku, 1),)))
        assert not answer.refused
        if chance.random() < 0.5:
            await shelf.ledger.confirm_holds(reference, NOON)
        await chance.choice([shelf.ledger.release_holds, shelf.ledger.restock])(reference)

    for turn in range(8):
        await asyncio.gather(*(one_order(turn, sku) for sku in skus))

    for claim in shared:
        assert sum(await shelf.counts(claim.allowance)) == 500


async def test_merchants_who_change_goods_and_quotas_and_orders_for_them_do_not_deadlock(
    shelf: Shelf,
) -> None:
    assert shelf.pool is not None
    catalogue, skus = PostgresCatalogue(shelf.pool), [f"sku-{n:02}" for n in range(40)]
    promotion, items = a_promotion("flash", has_quota=True), [an_item(sku, stock=1_000) for sku in skus]

    async def restocks(turn: int) -> None:
        await catalogue.put_items([replace(item, stock=1_000 + turn) for item in reversed(items)])

    async def sets_quotas(turn: int) -> None:
        await catalogue.put_promotion(promotion, dict.fromkeys(reversed(skus), 500 + turn), ANN)

    async def orders(number: int) -> bool:
        claims = [Claim(Allowance.of_promotion("flash", sku), 1) for sku in skus]
        lines = tuple(StockLine(sku, 1) for sku in skus)
        answer = await shelf.ledger.take(replace(an_order(f"ord_{number}", *claims), lines=lines))
        await shelf.ledger.release_holds(f"ord_{number}")
        return answer.refused

    await restocks(0)
    await sets_quotas(0)
    merchants = [call for turn in range(1, 15) for call in (restocks(turn), sets_quotas(turn))]
    refusals = await asyncio.gather(*(orders(number) for number in range(40)), *merchants)

    assert refusals[:40] == [False] * 40


async def test_nobody_sees_the_last_unit_free_while_a_cart_becomes_an_order(shelf: Shelf) -> None:
    rounds = 40
    for number in range(rounds):
        sku = f"last-{number}"
        await shelf.put(**{sku: 1})
        lines = (StockLine(sku, 1),)
        await shelf.ledger.take(replace(a_cart(f"cart_{number}"), lines=lines))
        order = an_order(f"ord_{number}", converts=(f"cart_{number}",))
        rivals = (an_order(f"rival_{number}_{n}", buyer="bob") for n in range(8))
        calls = [shelf.ledger.take(replace(request, lines=lines)) for request in (*rivals, order)]
        random.Random(number).shuffle(calls)

        await asyncio.gather(*calls)

        held = await shelf.ledger.find(f"ord_{number}")
        assert held is not None
        assert held.status is HoldStatus.ACTIVE
        assert await shelf.goods(sku) == (0, 1, 0)


async def test_carts_that_several_orders_name_become_one_of_them(shelf: Shelf) -> None:
    await shelf.put(tea=48)
    for number in range(10):
        carts = [f"cart_{number}_{place}" for place in range(12)]
        for cart in carts:
            await shelf.ledger.take(a_cart(cart, tea=4))
        chance = random.Random(number)
        orders = [
            an_order(f"ord_{number}_{n}", converts=tuple(chance.sample(carts, 12)), tea=48) for n in range(8)
        ]

        answers = await asyncio.gather(*(shelf.ledger.take(order) for order in orders))

        assert sum(not answer.refused for answer in answers) == 1
        assert await shelf.goods("tea") == (0, 48, 0)
        for order in orders:
            await shelf.ledger.release_holds(order.reference)
    assert await shelf.goods("tea") == (48, 0, 0)


async def test_a_cart_that_expires_while_it_is_ordered_goes_to_one_buyer(shelf: Shelf) -> None:
    await shelf.allow(QUOTA, 1)
    winners = set()
    for number in range(100):
        await shelf.put(tea=1)
        await shelf.allow(QUOTA, 1)
        claim = Claim(QUOTA, 1)
        await shelf.ledger.take(a_cart(f"cart_{number}", claim, until=NOON, tea=1))
        order = an_order(f"ord_{number}", claim, converts=(f"cart_{number}",), tea=1)
        rival = an_order(f"rival_{number}", claim, buyer="bob", tea=1)
        chance = random.Random(number)

        async def swept_then_taken() -> bool:
            await asyncio.sleep(0.002 * chance.random())  # noqa: B023 - so that each side wins sometimes
            await shelf.ledger.expire_holds(NOON, 10)
            return not (await shelf.ledger.take(rival)).refused  # noqa: B023 - awaited in this round

        async def converted() -> bool:
            await asyncio.sleep(0.002 * chance.random())  # noqa: B023 - as above
            return not (await shelf.ledger.take(order)).refused  # noqa: B023 - as above

        taken, ordered = await asyncio.gather(swept_then_taken(), converted())

        assert taken is not ordered
        winners.add("rival" if taken else "order")
        for reference in (f"ord_{number}", f"rival_{number}"):
            await shelf.ledger.release_holds(reference)
        assert await shelf.counts(QUOTA) == (1, 0, 0)
        assert await shelf.goods("tea") == (1, 0, 0)
    assert winners == {"rival", "order"}


async def test_a_late_payment_and_a_buyer_waiting_for_the_expired_quota_never_both_get_it(
    shelf: Shelf,
) -> None:
    rounds = 60
    await shelf.put(tea=rounds * 2)
    outcomes = set()
    for number in range(rounds):
        await shelf.allow(QUOTA, 1)
        await shelf.ledger.take(an_order(f"slow_{number}", Claim(QUOTA, 1), until=NOON, tea=1))
        chance = random.Random(number)

        async def swept_then_taken() -> bool:
            await shelf.ledger.expire_holds(NOON, 10)
            quick = an_order(f"quick_{number}", Claim(QUOTA, 1), buyer="bob", tea=1)  # noqa: B023 - awaited here
            return not (await shelf.ledger.take(quick)).refused

        async def paid_late() -> bool:
            await asyncio.sleep(0.002 * chance.random())  # noqa: B023 - so that each side wins sometimes
            return not (await shelf.ledger.confirm_holds(f"slow_{number}", NOON)).refused  # noqa: B023

        sold, taken = await asyncio.gather(paid_late(), swept_then_taken())

        assert sold is not taken
        outcomes.add(sold)
    assert outcomes == {True, False}
