"""The audit of the ledger sees each kind of contradiction, and none where there is none."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from adapters.postgres.stock_audit import Contradiction, LedgerFault, contradictions
from domain.stock.allocation import AllocatedUnits, WantedUnits
from domain.stock.allowance import Allowance, Claim
from domain.stock.hold import StockLine
from tests.support.shelves import LATER, NOON, Shelf, a_cart, an_order, postgres_shelf

QUOTA = Allowance.of_promotion("flash", "tea")
LIMIT = Allowance.of_promotion_for("flash", "tea", "ann")
POINTS = Allowance.of_points("ann")
BOBS = Allowance.of_points("bob")
NEVER_BELOW_ZERO = (
    "ALTER TABLE stock_items DROP CONSTRAINT stock_items_available_check,"
    " DROP CONSTRAINT stock_items_held_check, DROP CONSTRAINT stock_items_sold_check;"
    "ALTER TABLE allowances DROP CONSTRAINT allowances_available_check,"
    " DROP CONSTRAINT allowances_held_check, DROP CONSTRAINT allowances_consumed_check;"
    "ALTER TABLE shelves DROP CONSTRAINT shelves_on_shelf_check"
)


@pytest.fixture
async def shop(fresh_database: str) -> AsyncIterator[Shelf]:
    """A ledger in which holds have met every fate."""
    async with postgres_shelf(fresh_database) as shelf:
        await shelf.put(tea=20, cup=9)
        await shelf.allow(QUOTA, 15)
        await shelf.allow(POINTS, 900)
        claims = (Claim(QUOTA, 2), Claim(LIMIT, 2, limit=15), Claim(POINTS, 100))
        for fate in ("active", "sold", "released", "restocked"):
            await shelf.ledger.take(an_order(fate, *claims, tea=2, cup=1))
        await shelf.ledger.take(a_cart("cart", *claims, until=NOON, tea=2))
        await shelf.ledger.take(a_cart("taken over", *claims, tea=2))
        await shelf.ledger.confirm_holds("sold", NOON)
        await shelf.ledger.release_holds("released")
        await shelf.ledger.confirm_holds("restocked", NOON)
        await shelf.ledger.restock("restocked")
        await shelf.ledger.expire_holds(NOON, 10)
        await shelf.ledger.take(
            an_order("converting", claims[0], converts=("taken over",), until=LATER, tea=3)
        )
        await parcels(shelf)
        yield shelf


async def parcels(shelf: Shelf) -> None:
    """Of nine pots in two orders of bob some have left, come back, been cancelled and refunded."""
    places = shelf.warehouses
    await places.put_stock("east", "pot", 6)
    await places.put_stock("main", "pot", 6)
    await shelf.allow(BOBS, 100)
    await shelf.sell(an_order("sent", Claim(BOBS, 50), buyer="bob", pot=8))
    await shelf.sell(an_order("cancelled", buyer="bob", pot=1))
    await places.allocate("sent", [WantedUnits(1, "pot", 8)])
    await places.allocate("cancelled", [WantedUnits(1, "pot", 1)])
    await places.hand_over("sent", "shp_1", [AllocatedUnits(1, "pot", 4, "east")])
    await places.take_back("sent", "ret_1", [StockLine("pot", 2)])
    await places.cancel_units("sent", "shp_2", [AllocatedUnits(1, "pot", 1, "main")])
    await shelf.ledger.give_back("sent", "ref_1", 1_000, 0, 300)
    await shelf.ledger.restock("cancelled")


async def audited(shop: Shelf, *changes: str) -> tuple[Contradiction, ...]:
    assert shop.pool is not None
    for change in changes:
        await shop.pool.execute(change)
    return await contradictions(shop.pool)


async def test_books_that_were_kept_by_the_ledger_agree(shop: Shelf) -> None:
    assert await audited(shop) == ()
    assert await shop.counts(QUOTA) == (9, 4, 2)
    assert await shop.lies("pot") == {"east": (0, 2), "main": (7, 1)}
    assert await shop.counts(BOBS) == (65, 0, 35)


H, G, Z, W = LedgerFault.HELD, LedgerFault.GONE, LedgerFault.BELOW_ZERO, LedgerFault.WITHOUT_GOODS
S, A, M = LedgerFault.SHELVES, LedgerFault.ALLOCATED, LedgerFault.MOVED
PLANTED = {
    "goods held by nobody": (
        ["UPDATE stock_items SET held = held + 1 WHERE sku = 'cup'"],
        [Contradiction(H, "goods", "", "cup", "", 2, 1)],
    ),
    "goods that were sold and not counted": (
        ["UPDATE stock_items SET sold = sold - 1 WHERE sku = 'tea'"],
        [Contradiction(G, "goods", "", "tea", "", 1, 2)],
    ),
    "goods that are held and not counted at all": (
        ["DELETE FROM stock_items WHERE sku = 'cup'"],
        [
            Contradiction(G, "goods", "", "cup", "", 0, 1),
            Contradiction(H, "goods", "", "cup", "", 0, 1),
            Contradiction(S, "shelf", "", "cup", "", 9, 2),
        ],
    ),
    "quota held by nobody": (
        ["UPDATE allowances SET held = held + 1 WHERE kind = 'promotion'"],
        [Contradiction(H, "promotion", "flash", "tea", "", 5, 4)],
    ),
    "units sold under a promotion beyond what was consumed of its quota": (
        ["UPDATE allowances SET consumed = 1 WHERE kind = 'promotion'"],
        [Contradiction(G, "promotion", "flash", "tea", "", 1, 2)],
    ),
    "a buyer's limit that forgot a purchase": (
        ["UPDATE allowances SET consumed = 0 WHERE kind = 'promotion_buyer'"],
        [Contradiction(G, "promotion_buyer", "flash", "tea", "ann", 0, 2)],
    ),
    "points spent twice": (
        ["UPDATE allowances SET consumed = 200 WHERE subject = 'ann'"],
        [Contradiction(G, "points", "ann", "", "", 200, 100)],
    ),
    "goods below zero": (
        [NEVER_BELOW_ZERO, "UPDATE stock_items SET available = -1 WHERE sku = 'tea'"],
        [Contradiction(Z, "goods", "", "tea", "", -1, 0), Contradiction(S, "shelf", "", "tea", "", 20, 6)],
    ),
    "quota below zero": (
        [NEVER_BELOW_ZERO, "UPDATE allowances SET available = -3 WHERE kind = 'promotion'"],
        [Contradiction(Z, "promotion", "flash", "tea", "", -3, 0)],
    ),
    "promoted units without goods": (
        [
            "UPDATE hold_lines SET quantity = 1 WHERE reference = 'sold' AND sku = 'tea'",
            "UPDATE stock_items SET sold = 1 WHERE sku = 'tea'",
        ],
        [
            Contradiction(S, "shelf", "", "tea", "", 20, 19),
            Contradiction(W, "promotion", "flash sold", "tea", "", 2, 1),
            Contradiction(W, "promotion_buyer", "flash sold", "tea", "ann", 2, 1),
        ],
    ),
    "a hold that was resolved without moving anything": (
        ["UPDATE holds SET status = 'released', resolved_at = now() WHERE reference = 'converting'"],
        [
            Contradiction(H, "goods", "", "tea", "", 5, 2),
            Contradiction(H, "promotion", "flash", "tea", "", 4, 2),
            Contradiction(S, "shelf", "", "tea", "", 20, 17),
        ],
    ),
    "goods for sale that lie nowhere": (
        ["UPDATE stock_items SET available = available + 1 WHERE sku = 'pot'"],
        [Contradiction(S, "shelf", "", "pot", "", 7, 8)],
    ),
    "goods on a shelf that nobody sells": (
        ["UPDATE shelves SET on_shelf = on_shelf + 1 WHERE sku = 'pot' AND warehouse_id = 'east'"],
        [Contradiction(S, "shelf", "", "pot", "", 8, 7)],
    ),
    "goods that stand ready for nobody": (
        ["UPDATE shelves SET allocated = allocated + 1 WHERE sku = 'pot' AND warehouse_id = 'east'"],
        [Contradiction(A, "shelf", "east", "pot", "", 3, 2)],
    ),
    "goods that an order waits for on a shelf that nobody counts": (
        ["UPDATE allocations SET warehouse_id = 'west' WHERE reference = 'sent' AND warehouse_id = 'main'"],
        [
            Contradiction(A, "shelf", "main", "pot", "", 1, 0),
            Contradiction(A, "shelf", "west", "pot", "", 0, 2),
            Contradiction(M, "shelf", "main sent", "pot", "", 1, 0),
            Contradiction(S, "shelf", "", "pot", "", 7, 6),
        ],
    ),
    "a shelf below zero": (
        [NEVER_BELOW_ZERO, "UPDATE shelves SET on_shelf = -1 WHERE sku = 'cup'"],
        [
            Contradiction(Z, "shelf", "main", "cup", "", -1, 0),
            Contradiction(S, "shelf", "", "cup", "", -1, 9),
        ],
    ),
    "more units back than had left": (
        ["UPDATE stock_movements SET quantity = 5 WHERE kind = 'taken_back' AND warehouse_id = 'main'"],
        [Contradiction(M, "goods", "sent", "pot", "", 5, 4)],
    ),
    "more units gone than were sold": (
        ["UPDATE stock_movements SET quantity = 9 WHERE reference = 'sent' AND kind = 'handed_over'"],
        [
            Contradiction(A, "shelf", "east", "pot", "", 2, -3),
            Contradiction(G, "goods", "", "pot", "", 3, -2),
            Contradiction(M, "goods", "sent", "pot", "", 10, 8),
            Contradiction(M, "shelf", "east sent", "pot", "", 9, 6),
        ],
    ),
    "points that went back and were not counted": (
        ["UPDATE hold_allowances SET given_back = 20 WHERE subject = 'bob'"],
        [Contradiction(G, "points", "bob", "", "", 35, 30)],
    ),
}


@pytest.mark.parametrize(("changes", "found"), PLANTED.values(), ids=PLANTED)
async def test_a_planted_contradiction_is_found_and_nothing_else(
    shop: Shelf, changes: list[str], found: list[Contradiction]
) -> None:
    assert list(await audited(shop, *changes)) == found
