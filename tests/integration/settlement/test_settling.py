"""Orders are settled from the feed and stated, on a real PostgreSQL."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from adapters.postgres.settlement_audit import settlement_contradictions
from adapters.postgres.snapshots import PostgresPriceSnapshots
from domain.money import Money
from domain.order.events import PaymentReviewSettled
from domain.payment.review import ReviewDecision
from domain.pricing.breakdown import Funder
from domain.settlement.case import HoldReason
from domain.settlement.parties import PLATFORM, merchant
from domain.settlement.statement import Account
from domain.settlement.terms import Cycle, MerchantTerms
from tests.integration.settlement.shop import CUP, DAY, SNAPSHOT, SOLD, TEA, Shop
from tests.unit.settlement.baskets import breakdown_of, goods, reduction
from tests.unit.settlement.stories import DONE, NOON, asked_back, charged_back, completed, gone_back


async def test_completed_orders_are_settled_once_and_exactly(shop: Shop) -> None:
    await shop.completes("ord_1")
    await shop.completes("ord_2", at=NOON + DAY)
    await shop.tells("ord_3", *completed(sold=SOLD, order_id="ord_3")[:-1])

    made = [await shop.chores.settle_orders(NOON) for _ in range(2)]

    assert made == [2, 0]
    found = await shop.desk.book.settled(["ord_1", "ord_2", "ord_3"])
    assert set(found) == {"ord_1", "ord_2"}
    (sale,) = found["ord_1"].movements
    assert (sale.buyer, sale.is_exact) == (Money(5_000, "CNY"), True)
    assert await settlement_contradictions(shop.pool) == ()


async def test_refunds_after_settlement_are_borne_by_the_terms_of_then(shop: Shop) -> None:
    await shop.desk.book.put_terms(MerchantTerms("tea", 1_000), "ops", NOON)
    await shop.completes()
    await shop.chores.settle_orders(NOON)
    await shop.desk.book.put_terms(MerchantTerms("tea", 9_000), "ops", NOON)

    await shop.tells(
        "ord_1", asked_back("ref_a", 1_000, (1, 1, 1_000)), gone_back("ref_a", 1_000, DONE + DAY)
    )
    await shop.chores.settle_orders(NOON)

    _, refund = (await shop.desk.book.settled(["ord_1"]))["ord_1"].movements
    assert {share.party: share.amount.amount for share in refund.shares} == {
        merchant("tea"): -900,
        PLATFORM: -100,
    }


async def test_statements_are_drawn_by_the_cycle_of_each_merchant(shop: Shop) -> None:
    await shop.desk.book.put_terms(MerchantTerms("tea", cycle=Cycle.NEXT_DAY), "ops", NOON)
    await shop.completes()

    assert await shop.stated(TEA, NOON + timedelta(hours=11)) == []
    assert await shop.stated(TEA, NOON + DAY) == [("2026-11-02", "ord_1 sale")]
    assert await shop.stated(CUP, NOON + DAY) == []
    assert await shop.stated(CUP, NOON + 7 * DAY) == [("2026-11-02", "ord_1 sale")]
    platform = Account(PLATFORM, "CNY")
    assert await shop.stated(platform, NOON + 27 * DAY) == []
    assert await shop.stated(platform, NOON + 30 * DAY) == [("2026-11", "ord_1 sale")]
    assert await settlement_contradictions(shop.pool) == ()


async def test_an_order_that_the_chore_hears_of_late_is_in_the_next_statement(shop: Shop) -> None:
    await shop.desk.book.put_terms(MerchantTerms("tea", cycle=Cycle.NEXT_DAY), "ops", NOON)
    await shop.completes("ord_1")
    await shop.stated(TEA, NOON + DAY)
    await shop.completes("ord_late")

    assert await shop.stated(TEA, NOON + DAY) == [("2026-11-02", "ord_1 sale")]
    assert await shop.stated(TEA, NOON + 2 * DAY) == [
        ("2026-11-02", "ord_1 sale"),
        ("2026-11-03", "ord_late sale"),
    ]


async def test_money_that_a_bank_took_back_is_not_stated_until_somebody_has_decided(shop: Shop) -> None:
    await shop.desk.book.put_terms(MerchantTerms("tea", cycle=Cycle.NEXT_DAY), "ops", NOON)
    await shop.completes()
    await shop.tells("ord_1", charged_back())

    assert await shop.stated(TEA, NOON + DAY) == []
    assert (await shop.desk.book.settled(["ord_1"]))["ord_1"].hold is HoldReason.CHARGED_BACK

    await shop.tells("ord_1", PaymentReviewSettled("pay_ord_1_1", ReviewDecision.DISMISS, "anna", DONE + DAY))
    assert await shop.stated(TEA, NOON + DAY) == [("2026-11-02", "ord_1 sale")]


async def test_an_order_whose_price_is_not_there_is_held_and_somebody_is_told(shop: Shop) -> None:
    await shop.tells("ord_1", *completed(sold=SOLD, snapshot="snap_gone"))

    await shop.chores.settle_orders(NOON)

    assert (await shop.desk.book.settled(["ord_1"]))["ord_1"].hold is HoldReason.PRICE_UNKNOWN
    codes = [row["code"] for row in await shop.pool.fetch("SELECT code FROM alerts")]
    assert codes == ["settlement_price_unknown"]


async def test_a_price_that_is_not_what_was_charged_is_never_divided(shop: Shop) -> None:
    other = replace(
        SNAPSHOT, id="snap_2", breakdown=breakdown_of(goods(2_000, 3_000), reduction(-1, Funder.PLATFORM))
    )
    await PostgresPriceSnapshots(shop.pool).save(other)
    await shop.tells("ord_1", *completed(sold=SOLD, snapshot="snap_2"))

    await shop.chores.settle_orders(NOON)

    assert (await shop.desk.book.settled(["ord_1"]))["ord_1"].hold is HoldReason.PRICE_UNKNOWN


async def test_an_order_that_is_settled_while_somebody_reads_is_there_whole_or_not_at_all(shop: Shop) -> None:
    await shop.completes("ord_1")
    book, reading = shop.desk.book, asyncio.Event()

    async def reads() -> None:
        while not reading.is_set():
            for settled in (await book.settled(["ord_1"])).values():
                assert settled.movements

    readers = [asyncio.create_task(reads()) for _ in range(4)]
    try:
        assert await shop.chores.settle_orders(NOON) == 1
    finally:
        reading.set()
        await asyncio.gather(*readers)
