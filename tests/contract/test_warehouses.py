"""What every kind of warehouses promises about shelves and allocations."""

from __future__ import annotations

import pytest

from domain.errors import InvalidValueError
from domain.ports.stock import HoldNotFoundError
from domain.ports.warehouses import ShelfLevel
from domain.stock.allocation import AllocatedUnits, WantedUnits
from tests.support.shelves import NOON, Shelf, an_order

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


async def test_what_is_put_on_any_shelf_is_for_sale(two_places: Shelf) -> None:
    assert await two_places.goods("tea") == (14, 0, 0)
    assert await two_places.warehouses.shelves(["cup", "tea", "pot"]) == [
        ShelfLevel("east", "cup", 5, 0),
        ShelfLevel("east", "tea", 4, 0),
        ShelfLevel("main", "tea", 10, 0),
    ]


async def test_a_shelf_that_is_set_again_changes_what_is_for_sale_by_the_difference(
    two_places: Shelf,
) -> None:
    await two_places.ledger.take(an_order("ord_1", tea=3))

    await two_places.warehouses.put_stock("east", "tea", 1)
    await two_places.warehouses.put_stock("east", "tea", 1)

    assert await two_places.goods("tea") == (8, 3, 0)
    assert await two_places.lies("tea") == {"east": (1, 0), "main": (10, 0)}


async def test_what_is_promised_stays_on_some_shelf(two_places: Shelf) -> None:
    await two_places.ledger.take(an_order("ord_1", tea=12))

    with pytest.raises(InvalidValueError):
        await two_places.warehouses.put_stock("main", "tea", 7)

    await two_places.warehouses.put_stock("main", "tea", 8)
    assert await two_places.goods("tea") == (0, 12, 0)


@pytest.mark.parametrize(("warehouse_id", "on_shelf"), [("east", -1), ("", 1)])
async def test_a_shelf_has_a_name_and_no_negative_count(
    shelf: Shelf, warehouse_id: str, on_shelf: int
) -> None:
    with pytest.raises(InvalidValueError):
        await shelf.warehouses.put_stock(warehouse_id, "tea", on_shelf)

    assert await shelf.ledger.level("tea") is None


async def test_stock_of_which_nobody_says_where_lies_in_the_main_warehouse(two_places: Shelf) -> None:
    await two_places.ledger.take(an_order("ord_1", tea=3))

    await two_places.put(tea=20)

    assert await two_places.goods("tea") == (20, 3, 0)
    assert await two_places.lies("tea") == {"east": (4, 0), "main": (19, 0)}


async def test_one_warehouse_that_has_everything_gives_everything(sold: Shelf) -> None:
    chosen = await sold.warehouses.allocate("ord_1", [TEA, CUP])

    assert chosen == (units("tea", 3), units("cup", 2, line=2))
    assert await sold.lies("tea") == {"east": (1, 3), "main": (10, 0)}
    assert await sold.lies("cup") == {"east": (3, 2)}
    assert await sold.goods("tea") == (11, 0, 3)


async def test_what_no_warehouse_has_alone_comes_from_several(two_places: Shelf) -> None:
    await two_places.sell(an_order("ord_1", tea=12, cup=1))

    chosen = await two_places.warehouses.allocate(
        "ord_1", [WantedUnits(1, "cup", 1), WantedUnits(2, "tea", 12)]
    )

    assert chosen == (units("cup", 1), units("tea", 2, line=2), units("tea", 10, "main", line=2))


async def test_an_order_is_allocated_once(allocated: Shelf) -> None:
    await allocated.warehouses.put_stock("main", "cup", 100)

    again = await allocated.warehouses.allocate("ord_1", [TEA, CUP])
    other = await allocated.warehouses.allocate("ord_1", [WantedUnits(1, "tea", 1)])

    assert again == other == (units("tea", 3), units("cup", 2, line=2))
    assert await allocated.lies("tea") == {"east": (1, 3), "main": (10, 0)}


async def test_units_of_several_lines_with_one_sku_are_told_apart(two_places: Shelf) -> None:
    await two_places.sell(an_order("ord_1", tea=6))

    chosen = await two_places.warehouses.allocate(
        "ord_1", [WantedUnits(2, "tea", 4), WantedUnits(1, "tea", 2)]
    )

    assert chosen == (units("tea", 2, "main", 1), units("tea", 4, "main", 2))
    assert await two_places.lies("tea") == {"east": (4, 0), "main": (4, 6)}


@pytest.mark.parametrize("fate", ["unknown", "only held", "released", "put back"])
async def test_only_sold_goods_are_allocated(two_places: Shelf, fate: str) -> None:
    if fate != "unknown":
        await two_places.ledger.take(an_order("ord_1", tea=3))
    if fate == "released":
        await two_places.ledger.release_holds("ord_1")
    if fate == "put back":
        await two_places.ledger.confirm_holds("ord_1", NOON)
        await two_places.ledger.restock("ord_1")

    with pytest.raises(HoldNotFoundError):
        await two_places.warehouses.allocate("ord_1", [TEA])


async def test_no_more_is_allocated_than_was_sold(sold: Shelf) -> None:
    with pytest.raises(HoldNotFoundError):
        await sold.warehouses.allocate("ord_1", [WantedUnits(1, "tea", 2), WantedUnits(2, "tea", 2)])

    assert await sold.lies("tea") == {"east": (4, 0), "main": (10, 0)}


async def test_nothing_wanted_is_nothing_allocated(sold: Shelf) -> None:
    assert await sold.warehouses.allocate("ord_1", []) == ()
