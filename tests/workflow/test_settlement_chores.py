"""An order's money on its way to its parties: the real order process, the real chores, their schedules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from domain.catalogue.items import Category
from domain.settlement.parties import PLATFORM, merchant
from domain.settlement.statement import Account
from tests.workflow.shop import Shop, cny
from workflows.contracts import RequestRefund
from workflows.schedules import PLANS

_CHORES = {plan.name: plan.chore for plan in PLANS}


async def does(shop: Shop, name: str) -> int:
    """One turn of that chore, as its schedule starts it."""
    done: int = await shop.temporal.execute_workflow(
        "Housekeeping",
        _CHORES[name],
        id=f"turn-{uuid4().hex}",
        task_queue=shop.queues.orders,
        result_type=int,
        execution_timeout=timedelta(minutes=2),
    )
    return done


async def test_a_completed_order_is_settled_and_its_refund_afterwards_too(shop: Shop) -> None:
    await shop.sells("e-book", category=Category.VIRTUAL, price=10_000)
    buyer = await shop.an_order(("e-book", 1), return_window=timedelta())
    await buyer.is_paid()
    await buyer.comes_to_rest()
    await shop.workflows.request_refund(buyer.id, RequestRefund("rfd_1", "anna", amount=cny(4_000)))
    await buyer.becomes(lambda order: order.refunded == cny(4_000))

    await does(shop, "draw-statements")

    found = (await shop.settlements.settled([buyer.id]))[buyer.id]
    assert [movement.buyer for movement in found.movements] == [cny(10_000), cny(-4_000)]
    assert all(movement.is_exact for movement in found.movements)
    entries = await shop.statements.open_entries(Account(merchant("shop-7"), "CNY"))
    assert sum(entry.share.amount.amount for entry in entries) == 6_000 - 300
    entries = await shop.statements.open_entries(Account(PLATFORM, "CNY"))
    assert sum(entry.share.amount.amount for entry in entries) == 300


@pytest.mark.parametrize("name", ["settle-orders", "draw-statements", "reconcile-payments"])
async def test_every_chore_of_settlement_runs_and_finds_nothing_to_do(shop: Shop, name: str) -> None:
    chore = _CHORES[name]

    done = await shop.temporal.execute_workflow(
        "Housekeeping",
        replace(chore, rounds=1),
        id=f"turn-{uuid4().hex}",
        task_queue=shop.queues.orders,
        result_type=int,
    )

    assert done == 0
