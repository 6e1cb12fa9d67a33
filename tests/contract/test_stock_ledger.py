"""What every stock ledger promises, over memory and PostgreSQL."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from domain.ports.stock import HoldNotFoundError, HoldsTaken, StockLevel
from domain.stock.hold import HoldStatus, Shortage, StockLine
from tests.support.goods import an_item, put_on_shelf
from tests.support.port_worlds import PortWorld

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(minutes=30)


async def stocked(world: PortWorld, **stock: int) -> None:
    await put_on_shelf(world.catalogue, **stock)


async def counts(world: PortWorld, sku: str) -> tuple[int, int, int]:
    level = await world.stock.level(sku)
    assert level is not None
    return level.available, level.held, level.sold


async def test_held_goods_are_no_longer_available(world: PortWorld) -> None:
    await stocked(world, tea=10)

    answer = await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)

    assert not answer.refused
    assert await world.stock.level("tea") == StockLevel("tea", available=6, held=4, sold=0)


async def test_a_hold_with_one_short_line_holds_nothing_and_names_what_is_left(world: PortWorld) -> None:
    await stocked(world, tea=10, cup=1)

    answer = await world.stock.take_holds("ord_1", [StockLine("tea", 4), StockLine("cup", 2)], LATER)

    assert answer == HoldsTaken((Shortage("cup", wanted=2, available=1),))
    assert await counts(world, "tea") == (10, 0, 0)
    assert await counts(world, "cup") == (1, 0, 0)


async def test_lines_of_one_sku_are_wanted_together(world: PortWorld) -> None:
    await stocked(world, tea=5)

    answer = await world.stock.take_holds("ord_1", [StockLine("tea", 3), StockLine("tea", 3)], LATER)

    assert answer.shortages == (Shortage("tea", wanted=6, available=5),)


async def test_goods_that_were_never_stocked_are_short(world: PortWorld) -> None:
    answer = await world.stock.take_holds("ord_1", [StockLine("unknown", 1)], LATER)

    assert answer.shortages == (Shortage("unknown", wanted=1, available=0),)
    assert await world.stock.level("unknown") is None


async def test_the_last_unit_can_be_held(world: PortWorld) -> None:
    await stocked(world, tea=1)

    assert not (await world.stock.take_holds("ord_1", [StockLine("tea", 1)], LATER)).refused
    assert (await world.stock.take_holds("ord_2", [StockLine("tea", 1)], LATER)).refused


async def test_the_same_reference_holds_once(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)

    again = await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)

    assert not again.refused
    assert await counts(world, "tea") == (6, 4, 0)


async def test_ten_equal_requests_at_once_hold_once(world: PortWorld) -> None:
    await stocked(world, tea=10)

    takes = (world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER) for _ in range(10))
    answers = await asyncio.gather(*takes)

    assert not any(answer.refused for answer in answers)
    assert await counts(world, "tea") == (6, 4, 0)


async def test_a_refused_reference_may_try_again(world: PortWorld) -> None:
    await stocked(world, tea=1)
    await world.stock.take_holds("ord_1", [StockLine("tea", 2)], LATER)
    await stocked(world, tea=2)

    assert await world.stock.release_holds("ord_1") is None
    assert not (await world.stock.take_holds("ord_1", [StockLine("tea", 2)], LATER)).refused
    assert await counts(world, "tea") == (0, 2, 0)


async def test_a_late_repeat_does_not_hold_again_what_was_released(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)
    await world.stock.release_holds("ord_1")

    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)

    assert await counts(world, "tea") == (10, 0, 0)


async def test_confirmed_goods_are_sold_once(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)

    answers = [await world.stock.confirm_holds("ord_1", NOON) for _ in range(2)]

    assert answers == [HoldsTaken(), HoldsTaken()]
    assert await counts(world, "tea") == (6, 0, 4)


async def test_what_was_never_held_cannot_be_confirmed(world: PortWorld) -> None:
    with pytest.raises(HoldNotFoundError) as caught:
        await world.stock.confirm_holds("ord_none", NOON)

    assert caught.value.facts == {"reference": "ord_none"}


async def test_an_overdue_hold_that_nobody_swept_is_confirmed_from_its_own_goods(world: PortWorld) -> None:
    await stocked(world, tea=4)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], NOON)

    answer = await world.stock.confirm_holds("ord_1", LATER)

    assert not answer.refused
    assert await counts(world, "tea") == (0, 0, 4)


@pytest.mark.parametrize("ending", ["release", "expire"])
async def test_a_hold_that_ended_is_taken_again_when_it_is_confirmed(world: PortWorld, ending: str) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], NOON)
    await (world.stock.release_holds("ord_1") if ending == "release" else world.stock.expire_holds(NOON, 10))

    answer = await world.stock.confirm_holds("ord_1", LATER)

    assert not answer.refused
    assert await counts(world, "tea") == (6, 0, 4)


async def test_a_confirmation_is_refused_when_the_goods_went_to_somebody_else(world: PortWorld) -> None:
    await stocked(world, tea=4, cup=4)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4), StockLine("cup", 1)], NOON)
    await world.stock.expire_holds(NOON, 10)
    await world.stock.take_holds("ord_2", [StockLine("tea", 3)], LATER)

    answer = await world.stock.confirm_holds("ord_1", LATER)

    assert answer.shortages == (Shortage("tea", wanted=4, available=1),)
    assert await counts(world, "tea") == (1, 3, 0)
    assert await counts(world, "cup") == (4, 0, 0)


async def test_released_goods_are_available_again_once(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)

    answers = [await world.stock.release_holds("ord_1") for _ in range(2)]

    assert answers == [HoldStatus.RELEASED, HoldStatus.RELEASED]
    assert await counts(world, "tea") == (10, 0, 0)


async def test_sold_goods_are_not_released(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)
    await world.stock.confirm_holds("ord_1", NOON)

    assert await world.stock.release_holds("ord_1") is HoldStatus.CONFIRMED
    assert await counts(world, "tea") == (6, 0, 4)


async def test_an_unknown_reference_has_nothing_to_give_back(world: PortWorld) -> None:
    assert await world.stock.release_holds("ord_none") is None
    assert await world.stock.restock("ord_none") is None


async def test_sold_goods_go_back_on_the_shelf_once(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)
    await world.stock.confirm_holds("ord_1", NOON)

    answers = [await world.stock.restock("ord_1") for _ in range(2)]

    assert answers == [HoldStatus.RESTOCKED, HoldStatus.RESTOCKED]
    assert await counts(world, "tea") == (10, 0, 0)


async def test_restocking_what_was_only_held_releases_it(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)

    assert await world.stock.restock("ord_1") is HoldStatus.RELEASED
    assert await counts(world, "tea") == (10, 0, 0)


async def test_a_late_confirmation_does_not_sell_again_what_was_restocked(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)
    await world.stock.confirm_holds("ord_1", NOON)
    await world.stock.restock("ord_1")

    await world.stock.confirm_holds("ord_1", NOON)

    assert await counts(world, "tea") == (10, 0, 0)


async def test_a_hold_expires_at_its_instant_and_not_before(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)

    assert await world.stock.expire_holds(LATER - timedelta(microseconds=1), 10) == 0
    assert await counts(world, "tea") == (6, 4, 0)
    assert await world.stock.expire_holds(LATER, 10) == 1
    assert await counts(world, "tea") == (10, 0, 0)
    assert await world.stock.release_holds("ord_1") is HoldStatus.EXPIRED


async def test_the_sweeper_takes_the_longest_overdue_first_and_no_more_than_it_was_asked(
    world: PortWorld,
) -> None:
    await stocked(world, tea=10)
    for number in (3, 1, 2):
        until = NOON + timedelta(minutes=number)
        await world.stock.take_holds(f"ord_{number}", [StockLine("tea", number)], until)

    assert await world.stock.expire_holds(LATER, 2) == 2

    assert await counts(world, "tea") == (7, 3, 0)
    assert await world.stock.expire_holds(LATER, 2) == 1


async def test_what_was_sold_does_not_expire(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], NOON)
    await world.stock.confirm_holds("ord_1", NOON)

    assert await world.stock.expire_holds(LATER, 10) == 0
    assert await counts(world, "tea") == (6, 0, 4)


async def test_a_new_count_leaves_held_and_sold_goods_alone(world: PortWorld) -> None:
    await stocked(world, tea=10)
    await world.stock.take_holds("ord_1", [StockLine("tea", 4)], LATER)
    await world.stock.take_holds("ord_2", [StockLine("tea", 3)], LATER)
    await world.stock.confirm_holds("ord_2", NOON)

    await stocked(world, tea=50)
    await world.catalogue.put_items([an_item("tea", None)])

    assert await counts(world, "tea") == (50, 4, 3)


async def test_six_hundred_lines_are_held_and_sold_as_one(world: PortWorld) -> None:
    await stocked(world, **{f"sku-{number:03}": 5 for number in range(600)})
    lines = [StockLine(f"sku-{number:03}", 2) for number in reversed(range(600))]

    await world.stock.take_holds("ord_1", lines, LATER)
    await world.stock.confirm_holds("ord_1", NOON)

    for sku in ("sku-000", "sku-299", "sku-599"):
        assert await counts(world, sku) == (3, 0, 2)
