"""What every stock ledger promises about quota, limits per buyer, vouchers and points."""

from __future__ import annotations

import pytest

from domain.ports.stock import AllowanceLevel, Hold, HoldsTaken
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import HoldKind, HoldStatus, Shortage, StockLine
from tests.support.shelves import LATER, NOON, Shelf, a_cart, an_order

QUOTA = Allowance.of_promotion("flash", "tea")
ANNS_LIMIT = Allowance.of_promotion_for("flash", "tea", "ann")
VOUCHER = Allowance.of_voucher("SPRING")
ANNS_VOUCHER = Allowance.of_voucher_for("SPRING", "ann")
POINTS = Allowance.of_points("ann")
EVERYTHING = (
    Claim(POINTS, 500),
    Claim(QUOTA, 2),
    Claim(ANNS_LIMIT, 2, limit=3),
    Claim(VOUCHER, 1),
    Claim(ANNS_VOUCHER, 1, limit=1),
)


@pytest.fixture
async def stocked(shelf: Shelf) -> Shelf:
    """Ten teas, five of them at the flash price; a voucher for three; a thousand points."""
    await shelf.put(tea=10, cup=10)
    await shelf.allow(QUOTA, 5)
    await shelf.allow(VOUCHER, 3)
    await shelf.allow(POINTS, 1_000)
    return shelf


async def all_counts(shelf: Shelf) -> list[tuple[int, int, int]]:
    """Of the goods, then of everything in `EVERYTHING`, in its order."""
    return [await shelf.goods("tea"), *[await shelf.counts(claim.allowance) for claim in EVERYTHING]]


async def test_goods_and_allowances_are_held_together(stocked: Shelf) -> None:
    answer = await stocked.ledger.take(an_order("ord_1", *EVERYTHING, tea=2))

    assert answer == HoldsTaken()
    assert await all_counts(stocked) == [
        (8, 2, 0),
        (500, 500, 0),
        (3, 2, 0),
        (1, 2, 0),
        (2, 1, 0),
        (0, 1, 0),
    ]


async def test_a_hold_can_be_found_with_all_that_it_holds(stocked: Shelf) -> None:
    await stocked.ledger.take(an_order("ord_1", *reversed(EVERYTHING), tea=2, cup=1))

    assert await stocked.ledger.find("ord_1") == Hold(
        reference="ord_1",
        kind=HoldKind.ORDER,
        buyer_id="ann",
        status=HoldStatus.ACTIVE,
        lines=(StockLine("cup", 1), StockLine("tea", 2)),
        claims=EVERYTHING,
        expires_at=LATER,
    )
    assert await stocked.ledger.find("ord_2") is None


async def test_goods_alone_are_found_as_an_order_of_nobody_in_particular(stocked: Shelf) -> None:
    await stocked.ledger.take_holds("ord_1", [StockLine("tea", 2)], LATER)

    found = await stocked.ledger.find("ord_1")

    assert found is not None
    assert (found.kind, found.buyer_id, found.claims) == (HoldKind.ORDER, "", ())


@pytest.mark.parametrize("short", [QUOTA, VOUCHER, POINTS])
async def test_one_short_allowance_refuses_everything_and_is_named(stocked: Shelf, short: Allowance) -> None:
    await stocked.allow(short, 0)
    (wanted,) = (claim.quantity for claim in EVERYTHING if claim.allowance == short)

    answer = await stocked.ledger.take(an_order("ord_1", *EVERYTHING, tea=2))

    assert answer.shortages == (Shortage(short.sku, wanted, 0, short),)
    assert await stocked.goods("tea") == (10, 0, 0)
    assert await stocked.ledger.allowance(short) == AllowanceLevel(0, 0, 0)
    assert await stocked.ledger.find("ord_1") is None


async def test_a_refusal_leaves_no_trace_of_a_buyer_who_never_bought(stocked: Shelf) -> None:
    await stocked.allow(QUOTA, 1)

    await stocked.ledger.take(an_order("ord_1", *EVERYTHING, tea=2))

    assert await stocked.ledger.allowance(ANNS_LIMIT) is None
    assert await stocked.ledger.allowance(ANNS_VOUCHER) is None


async def test_short_goods_refuse_the_allowances_too_and_everything_short_is_named(stocked: Shelf) -> None:
    claims = (Claim(QUOTA, 11), Claim(ANNS_LIMIT, 11, limit=3))

    answer = await stocked.ledger.take(an_order("ord_1", *claims, tea=11, cup=11))

    assert answer.shortages == (
        Shortage("cup", 11, 10),
        Shortage("tea", 11, 10),
        Shortage("tea", 11, 5, QUOTA),
        Shortage("tea", 11, 3, ANNS_LIMIT),
    )
    assert await stocked.counts(QUOTA) == (5, 0, 0)


async def test_what_nobody_counts_is_short(shelf: Shelf) -> None:
    await shelf.put(tea=1)

    answer = await shelf.ledger.take(an_order("ord_1", Claim(QUOTA, 1), tea=1))

    assert answer.shortages == (Shortage("tea", 1, 0, QUOTA),)
    assert await shelf.ledger.allowance(QUOTA) is None


async def test_claims_on_one_allowance_are_wanted_together(stocked: Shelf) -> None:
    answer = await stocked.ledger.take(an_order("ord_1", Claim(QUOTA, 3), Claim(QUOTA, 3), tea=6))

    assert answer.shortages == (Shortage("tea", 6, 5, QUOTA),)


async def test_a_buyer_may_buy_again_up_to_the_limit_and_not_beyond(stocked: Shelf) -> None:
    for number in (1, 2):
        claim = Claim(ANNS_LIMIT, 1, limit=3)
        assert not (await stocked.ledger.take(an_order(f"ord_{number}", claim, tea=1))).refused
    await stocked.ledger.confirm_holds("ord_1", NOON)

    answer = await stocked.ledger.take(an_order("ord_3", Claim(ANNS_LIMIT, 2, limit=3), tea=2))

    assert answer.shortages == (Shortage("tea", 2, 1, ANNS_LIMIT),)
    assert await stocked.counts(ANNS_LIMIT) == (1, 1, 1)
    assert not (await stocked.ledger.take(an_order("ord_4", Claim(ANNS_LIMIT, 1, limit=3), tea=1))).refused
    assert await stocked.counts(ANNS_LIMIT) == (0, 2, 1)


async def test_another_buyer_has_a_limit_of_their_own(stocked: Shelf) -> None:
    await stocked.ledger.take(an_order("ord_1", Claim(ANNS_LIMIT, 3, limit=3), tea=3))
    bobs = Allowance.of_promotion_for("flash", "tea", "bob")

    answer = await stocked.ledger.take(an_order("ord_2", Claim(bobs, 3, limit=3), buyer="bob", tea=3))

    assert not answer.refused


async def test_a_limit_that_was_raised_counts_what_was_bought_before(stocked: Shelf) -> None:
    await stocked.ledger.take(an_order("ord_1", Claim(ANNS_LIMIT, 2, limit=2), tea=2))

    answers = [
        await stocked.ledger.take(an_order("ord_2", Claim(ANNS_LIMIT, 4, limit=5), tea=4)),
        await stocked.ledger.take(an_order("ord_3", Claim(ANNS_LIMIT, 3, limit=5), tea=3)),
    ]

    assert [answer.shortages for answer in answers] == [(Shortage("tea", 4, 3, ANNS_LIMIT),), ()]
    assert await stocked.counts(ANNS_LIMIT) == (0, 5, 0)


async def test_a_limit_that_was_lowered_below_what_was_bought_leaves_nothing(stocked: Shelf) -> None:
    await stocked.ledger.take(an_order("ord_1", Claim(ANNS_LIMIT, 3, limit=5), tea=3))

    answer = await stocked.ledger.take(an_order("ord_2", Claim(ANNS_LIMIT, 1, limit=2), tea=1))

    assert answer.shortages == (Shortage("tea", 1, 0, ANNS_LIMIT),)
    assert await stocked.ledger.release_holds("ord_1") is HoldStatus.RELEASED
    assert not (await stocked.ledger.take(an_order("ord_3", Claim(ANNS_LIMIT, 2, limit=2), tea=2))).refused
    assert await stocked.counts(ANNS_LIMIT) == (0, 2, 0)


async def test_the_same_reference_claims_once(stocked: Shelf) -> None:
    answers = [await stocked.ledger.take(an_order("ord_1", *EVERYTHING, tea=2)) for _ in range(3)]

    assert answers == [HoldsTaken()] * 3
    assert await stocked.counts(POINTS) == (500, 500, 0)


async def test_sold_means_consumed_once(stocked: Shelf) -> None:
    await stocked.ledger.take(an_order("ord_1", *EVERYTHING, tea=2))

    for _ in range(2):
        assert await stocked.ledger.confirm_holds("ord_1", NOON) == HoldsTaken()

    assert await all_counts(stocked) == [
        (8, 0, 2),
        (500, 0, 500),
        (3, 0, 2),
        (1, 0, 2),
        (2, 0, 1),
        (0, 0, 1),
    ]


BACK = [(10, 0, 0), (1_000, 0, 0), (5, 0, 0), (3, 0, 0), (3, 0, 0), (1, 0, 0)]


@pytest.mark.parametrize("ending", ["release", "expire", "restock"])
async def test_everything_goes_back_once(stocked: Shelf, ending: str) -> None:
    await stocked.ledger.take(an_order("ord_1", *EVERYTHING, tea=2))
    if ending == "restock":
        await stocked.ledger.confirm_holds("ord_1", NOON)

    for _ in range(2):
        match ending:
            case "release":
                await stocked.ledger.release_holds("ord_1")
            case "expire":
                await stocked.ledger.expire_holds(LATER, 10)
            case _:
                await stocked.ledger.restock("ord_1")

    assert await all_counts(stocked) == BACK


async def test_the_sweeper_takes_carts_and_orders(stocked: Shelf) -> None:
    await stocked.ledger.take(a_cart("cart_1", Claim(QUOTA, 1), tea=1))
    await stocked.ledger.take(an_order("ord_1", Claim(QUOTA, 1), tea=1))

    assert await stocked.ledger.expire_holds(LATER, 10) == 2
    assert await stocked.counts(QUOTA) == (5, 0, 0)


@pytest.mark.parametrize("ending", ["release", "expire"])
async def test_a_late_payment_takes_allowances_again_with_the_goods(stocked: Shelf, ending: str) -> None:
    await stocked.ledger.take(an_order("ord_1", *EVERYTHING, until=NOON, tea=2))
    await (
        stocked.ledger.release_holds("ord_1") if ending == "release" else stocked.ledger.expire_holds(NOON, 9)
    )

    assert await stocked.ledger.confirm_holds("ord_1", LATER) == HoldsTaken()
    assert await stocked.counts(POINTS) == (500, 0, 500)
    assert await stocked.counts(ANNS_LIMIT) == (1, 0, 2)
    assert await stocked.goods("tea") == (8, 0, 2)


async def test_a_late_payment_is_refused_when_an_allowance_is_gone_and_changes_nothing(
    stocked: Shelf,
) -> None:
    await stocked.ledger.take(an_order("ord_1", *EVERYTHING, until=NOON, tea=2))
    await stocked.ledger.expire_holds(NOON, 9)
    await stocked.ledger.take(an_order("ord_2", Claim(QUOTA, 4), buyer="bob", tea=4))
    await stocked.ledger.take(an_order("ord_3", Claim(ANNS_LIMIT, 2, limit=2), tea=2))

    answer = await stocked.ledger.confirm_holds("ord_1", LATER)

    assert answer.shortages == (Shortage("tea", 2, 1, QUOTA), Shortage("tea", 2, 1, ANNS_LIMIT))
    assert await stocked.goods("tea") == (4, 6, 0)
    assert await stocked.counts(ANNS_LIMIT) == (0, 2, 0)
    assert await stocked.counts(POINTS) == (1_000, 0, 0)
    assert await stocked.ledger.release_holds("ord_1") is HoldStatus.EXPIRED


async def test_a_late_payment_counts_under_the_limit_that_its_order_was_placed_with(stocked: Shelf) -> None:
    await stocked.ledger.take(an_order("ord_1", Claim(ANNS_LIMIT, 3, limit=3), until=NOON, tea=3))
    await stocked.ledger.expire_holds(NOON, 9)
    taken = await stocked.ledger.take(an_order("ord_2", Claim(ANNS_LIMIT, 1, limit=1), until=NOON, tea=1))
    await stocked.ledger.expire_holds(NOON, 9)

    answer = await stocked.ledger.confirm_holds("ord_1", LATER)

    assert (taken.refused, answer.refused) == (False, False)
    assert await stocked.counts(ANNS_LIMIT) == (0, 0, 3)


async def test_holds_forget_what_nobody_counts_any_more(stocked: Shelf) -> None:
    await stocked.ledger.take(an_order("ord_1", Claim(VOUCHER, 1), Claim(QUOTA, 1), tea=1))

    await stocked.stop_counting(VOUCHER)
    await stocked.ledger.confirm_holds("ord_1", NOON)

    assert await stocked.ledger.allowance(VOUCHER) is None
    assert await stocked.counts(QUOTA) == (4, 0, 1)
    await stocked.allow(VOUCHER, 7)
    await stocked.ledger.restock("ord_1")
    assert await stocked.counts(VOUCHER) == (7, 0, 0)
