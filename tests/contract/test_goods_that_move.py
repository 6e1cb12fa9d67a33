"""What every kind of warehouses promises about goods that leave, do not leave, and come back."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from domain.ports.stock import HoldNotFoundError
from domain.stock.allocation import AllocatedUnits, WantedUnits
from domain.stock.hold import HoldStatus, StockLine
from tests.support.shelves import Shelf, an_order

TEA, CUP = WantedUnits(1, "tea", 3), WantedUnits(2, "cup", 2)


@pytest.fixture
async def sold(two_places: Shelf) -> Shelf:
    """Three teas and two cups are sold."""
    await two_places.sell(an_order("ord_1", tea=3, cup=2))
    return two_places


@pytest.fixture
async def allocated(sold: Shelf) -> Shelf:
    """They stand ready in the east."""
    await sold.warehouses.allocate("ord_1", [TEA, CUP])
    return sold


def units(sku: str, quantity: int, warehouse_id: str = "east", line: int = 1) -> AllocatedUnits:
    return AllocatedUnits(line, sku, quantity, warehouse_id)


async def test_what_is_handed_over_is_gone(allocated: Shelf) -> None:
    for _ in range(2):
        await allocated.warehouses.hand_over("ord_1", "shp_1", [units("tea", 3)])

    assert await allocated.lies("tea") == {"east": (1, 0), "main": (10, 0)}
    assert await allocated.goods("tea") == (11, 0, 0)
    assert await allocated.goods("cup") == (3, 0, 2)


async def test_only_what_is_allocated_there_leaves(allocated: Shelf) -> None:
    asked = [units("tea", 5), units("tea", 1, "main"), units("pot", 1), units("cup", 1, "")]

    await allocated.warehouses.hand_over("ord_1", "shp_1", asked)

    assert await allocated.lies("tea") == {"east": (1, 0), "main": (10, 0)}
    assert await allocated.goods("cup") == (3, 0, 2)
    assert await allocated.ledger.level("pot") is None


async def test_what_does_not_leave_is_for_sale_again_on_its_shelf(allocated: Shelf) -> None:
    for _ in range(2):
        await allocated.warehouses.cancel_units("ord_1", "shp_1", [units("tea", 2)])

    assert await allocated.lies("tea") == {"east": (3, 1), "main": (10, 0)}
    assert await allocated.goods("tea") == (13, 0, 1)


async def test_what_was_never_allocated_is_for_sale_again_where_it_is(sold: Shelf) -> None:
    for _ in range(2):
        await sold.warehouses.cancel_units("ord_1", "shp_9", [units("tea", 2, "")])

    assert await sold.goods("tea") == (13, 0, 1)
    assert await sold.lies("tea") == {"east": (4, 0), "main": (10, 0)}


async def test_what_has_left_cannot_be_cancelled(allocated: Shelf) -> None:
    places = allocated.warehouses
    await places.hand_over("ord_1", "shp_1", [units("tea", 2)])
    await places.cancel_units("ord_1", "shp_1", [units("tea", 3)])

    assert await allocated.lies("tea") == {"east": (2, 0), "main": (10, 0)}
    assert await allocated.goods("tea") == (12, 0, 0)


@pytest.mark.parametrize("in_full", [True, False])
async def test_what_leaves_though_it_was_cancelled_is_not_for_sale_any_more(
    allocated: Shelf, in_full: bool
) -> None:
    places = allocated.warehouses
    if in_full:
        await allocated.ledger.restock("ord_1")
    else:
        await places.cancel_units("ord_1", "shp_1", [units("tea", 3)])

    for _ in range(2):
        await places.hand_over("ord_1", "shp_1", [units("tea", 3)])
    await places.hand_over("ord_1", "shp_2", [units("tea", 3)])

    assert await allocated.lies("tea") == {"east": (1, 0), "main": (10, 0)}
    assert await allocated.goods("tea") == (11, 0, 0)
    await places.take_back("ord_1", "shp_1", [StockLine("tea", 3)], "east")
    assert await allocated.goods("tea") == (14, 0, 0)


async def test_what_leaves_though_it_was_cancelled_and_sold_again_is_still_promised(allocated: Shelf) -> None:
    await allocated.ledger.restock("ord_1")
    await allocated.ledger.take(an_order("ord_2", tea=13))

    await allocated.warehouses.hand_over("ord_1", "shp_1", [units("tea", 3)])

    assert await allocated.goods("tea") == (0, 13, 0)
    assert await allocated.lies("tea") == {"east": (3, 0), "main": (10, 0)}


async def test_what_comes_back_is_for_sale_where_it_arrives(allocated: Shelf) -> None:
    places = allocated.warehouses
    await places.hand_over("ord_1", "shp_1", [units("tea", 3)])

    for _ in range(2):
        await places.take_back("ord_1", "ret_1", [StockLine("tea", 1)], "west")
    await places.take_back("ord_1", "ret_2", [StockLine("tea", 1)])

    assert await allocated.lies("tea") == {"east": (1, 0), "main": (11, 0), "west": (1, 0)}
    assert await allocated.goods("tea") == (13, 0, 0)


async def test_no_more_comes_back_than_has_left(allocated: Shelf) -> None:
    places = allocated.warehouses
    await places.hand_over("ord_1", "shp_1", [units("tea", 2)])

    await places.take_back("ord_1", "ret_1", [StockLine("tea", 2), StockLine("tea", 1), StockLine("cup", 1)])
    await places.take_back("ord_1", "ret_2", [StockLine("tea", 3)])

    assert await allocated.lies("tea") == {"east": (1, 1), "main": (12, 0)}
    assert await allocated.goods("tea") == (13, 0, 1)
    assert await allocated.goods("cup") == (3, 0, 2)


async def test_what_left_before_shelves_were_counted_comes_back_where_it_is_counted(sold: Shelf) -> None:
    for _ in range(2):
        await sold.warehouses.take_back("ord_1", "ret_1", [StockLine("tea", 2)], "east")

    assert await sold.goods("tea") == (13, 0, 1)
    assert await sold.lies("tea") == {"east": (4, 0), "main": (10, 0)}


async def test_goods_may_come_back_after_the_order_was_cancelled(allocated: Shelf) -> None:
    await allocated.warehouses.hand_over("ord_1", "shp_1", [units("tea", 3)])
    assert await allocated.ledger.restock("ord_1") is HoldStatus.RESTOCKED

    await allocated.warehouses.take_back("ord_1", "shp_1", [StockLine("tea", 3)], "east")

    assert await allocated.goods("tea") == (14, 0, 0)
    assert await allocated.lies("tea") == {"east": (4, 0), "main": (10, 0)}


async def test_a_cancelled_order_puts_back_what_was_allocated(allocated: Shelf) -> None:
    for _ in range(2):
        assert await allocated.ledger.restock("ord_1") is HoldStatus.RESTOCKED
        await allocated.warehouses.cancel_units("ord_1", "shp_2", [units("tea", 3)])

    assert await allocated.goods("tea") == (14, 0, 0)
    assert await allocated.lies("tea") == {"east": (4, 0), "main": (10, 0)}
    assert await allocated.lies("cup") == {"east": (5, 0)}


async def test_an_order_cancelled_in_part_puts_back_only_what_is_left(allocated: Shelf) -> None:
    places = allocated.warehouses
    await places.hand_over("ord_1", "shp_1", [units("tea", 1)])
    await places.cancel_units("ord_1", "shp_2", [units("tea", 1), units("cup", 1)])

    await allocated.ledger.restock("ord_1")

    assert await allocated.goods("tea") == (13, 0, 0)
    assert await allocated.goods("cup") == (5, 0, 0)
    assert await allocated.lies("tea") == {"east": (3, 0), "main": (10, 0)}


@pytest.mark.parametrize("call", ["hand_over", "cancel_units", "take_back"])
async def test_what_nobody_ever_held_does_not_move(two_places: Shelf, call: str) -> None:
    moved = [StockLine("tea", 1)] if call == "take_back" else [units("tea", 1)]

    with pytest.raises(HoldNotFoundError):
        await getattr(two_places.warehouses, call)("ord_1", "shp_1", moved)


@pytest.mark.parametrize("call", ["hand_over", "cancel_units", "take_back"])
async def test_what_is_only_held_does_not_move(two_places: Shelf, call: str) -> None:
    await two_places.ledger.take(an_order("ord_1", tea=3))
    moved = [StockLine("tea", 1)] if call == "take_back" else [units("tea", 1), units("tea", 1, "")]

    await getattr(two_places.warehouses, call)("ord_1", "shp_1", moved)

    assert await two_places.goods("tea") == (11, 3, 0)
    assert await two_places.lies("tea") == {"east": (4, 0), "main": (10, 0)}


async def test_returned_goods_need_a_warehouse_with_a_name(sold: Shelf) -> None:
    with pytest.raises(InvalidValueError):
        await sold.warehouses.take_back("ord_1", "ret_1", [StockLine("tea", 1)], "")
