"""Baseline (a): the same story as a Temporal workflow written the obvious way, one activity for each step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from benchmarks.baseline.store import Shop

QUEUE = "baseline"
_LIMIT = timedelta(seconds=30)


@dataclass
class Wish:
    """What is ordered."""

    order_id: str
    key: str
    buyer_id: str
    lines: list[tuple[str, int]]


@dataclass
class Creation:
    """Input of `create_order`."""

    wish: Wish
    priced: list[tuple[str, int, int]]


@dataclass
class Asking:
    """Input of `request_payment` and `save_payment`."""

    order_id: str
    total: int = 0
    pay_url: str = ""


class Activities:
    """Each step of the shop as a regular activity."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    @activity.defn
    async def check_price(self, wish: Wish) -> list[tuple[str, int, int]]:
        """Step 1."""
        return await self._shop.check_price([(sku, n) for sku, n in wish.lines])

    @activity.defn
    async def reserve(self, wish: Wish) -> None:
        """Step 2."""
        await self._shop.reserve([(sku, n) for sku, n in wish.lines])

    @activity.defn
    async def create_order(self, creation: Creation) -> int:
        """Step 3."""
        wish = creation.wish
        return await self._shop.create_order(wish.order_id, wish.key, wish.buyer_id, creation.priced)

    @activity.defn
    async def request_payment(self, asking: Asking) -> str:
        """Step 4."""
        return await self._shop.request_payment(asking.order_id, asking.total)

    @activity.defn
    async def save_payment(self, asking: Asking) -> None:
        """Step 5."""
        await self._shop.save_payment(asking.order_id, asking.pay_url)

    @activity.defn
    async def mark_paid(self, order_id: str) -> None:
        """After the callback."""
        await self._shop.mark_paid(order_id)

    @activity.defn
    async def consume(self, order_id: str) -> None:
        """Goods are sold."""
        await self._shop.consume(order_id)

    @activity.defn
    async def deliver(self, order_id: str) -> None:
        """Done."""
        await self._shop.deliver(order_id)


@workflow.defn
class NaiveOrder:
    """Five activities, then wait for money, then three more."""

    def __init__(self) -> None:
        self._pay_url = ""
        self._paid = False

    @workflow.run
    async def run(self, wish: Wish) -> str:
        """The story."""
        do = workflow.execute_activity_method
        priced = await do(Activities.check_price, wish, start_to_close_timeout=_LIMIT)
        await do(Activities.reserve, wish, start_to_close_timeout=_LIMIT)
        total = await do(Activities.create_order, Creation(wish, priced), start_to_close_timeout=_LIMIT)
        asking = Asking(wish.order_id, total)
        url = await do(Activities.request_payment, asking, start_to_close_timeout=_LIMIT)
        asking = Asking(wish.order_id, total, url)
        await do(Activities.save_payment, asking, start_to_close_timeout=_LIMIT)
        self._pay_url = url
        try:
            await workflow.wait_condition(lambda: self._paid, timeout=timedelta(minutes=30))
        except TimeoutError:
            return "cancelled"
        await do(Activities.mark_paid, wish.order_id, start_to_close_timeout=_LIMIT)
        await do(Activities.consume, wish.order_id, start_to_close_timeout=_LIMIT)
        await do(Activities.deliver, wish.order_id, start_to_close_timeout=_LIMIT)
        return "completed"

    @workflow.update
    async def checkout(self) -> str:
        """The first answer: where to pay."""
        await workflow.wait_condition(lambda: bool(self._pay_url))
        return self._pay_url

    @workflow.signal
    def paid(self) -> None:
        """The provider has called back."""
        self._paid = True
