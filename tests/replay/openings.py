"""How replayed stories begin and end."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from temporalio.client import WorkflowFailureError

from domain.catalogue.items import Category
from domain.pricing.request import Wishes
from tests.workflow.shop import Customer, Shop


async def paid(shop: Shop, *lines: tuple[str, int], **policies: Any) -> Customer:
    buyer = await shop.an_order(*lines, **policies)
    await buyer.is_paid()
    return buyer


async def paid_service(shop: Shop, **policies: Any) -> Customer:
    await shop.sells("setup", category=Category.SERVICE)
    return await paid(shop, ("setup", 1), **policies)


async def by_card(shop: Shop) -> Customer:
    return await paid(shop, wishes=Wishes(payment_method="card"), manual_capture_methods=("card",))


async def ended(buyer: Customer) -> str:
    with suppress(WorkflowFailureError):  # one that somebody cancelled ends as cancelled: that is its story
        await buyer.comes_to_rest()
    return buyer.handle.id
