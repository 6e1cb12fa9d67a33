"""What the price situations need: goods, promotions and buyers of their own, quotes, orders, waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from domain.catalogue.buyers import Buyer
from domain.ports.catalogue import Author
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from tests.integration.api.conftest import RealApi
from tests.support.api_world import ADDRESS

_AUTHOR = Author("test")
_PATIENCE = 20.0
View = dict[str, Any]


def now() -> datetime:
    """The real time; situations that end wait for it."""
    return datetime.now(UTC)


@dataclass
class Stage:
    """One SKU of its own at 120.00, one buyer of its own."""

    api: RealApi
    sku: str = field(default_factory=lambda: f"stage-{uuid4().hex[:10]}")
    buyer_id: str = field(default_factory=lambda: f"buyer-{uuid4().hex[:10]}")

    async def sells(self, price: int = 12_000, stock: int = 100) -> None:
        """Put the item on sale, or change its price."""
        money = {"amount": price, "currency": "CNY"}
        item = {
            "sku": self.sku,
            "merchant_id": "m-stage",
            "title": "Porcelain cup",
            "category": "virtual",
            "prices": [{"market_price": money, "discount_price": money}],
            "stock": stock,
        }
        answer = await self.api.http.put("/v1/catalogue/items", json={"items": [item]})
        assert answer.status_code == 204, answer.text

    async def promotes(
        self,
        kind: str,
        terms: Mapping[str, Any],
        *,
        ends_in: timedelta = timedelta(hours=1),
        quota: int | None = None,
        per_buyer: int | None = None,
        segments: frozenset[str] = frozenset(),
    ) -> Promotion:
        """Start a promotion on the item."""
        promotion = Promotion(
            id=f"pro_{uuid4().hex[:12]}",
            name="Opening week",
            kind=kind,
            rule=rule_of(kind, terms),
            currency="CNY",
            starts_at=now() - timedelta(minutes=1),
            ends_at=now() + ends_in,
            funder=Funder.MERCHANT,
            merchant_id="m-stage",
            skus=frozenset({self.sku}),
            segments=segments,
            has_quota=quota is not None,
            per_buyer_limit=per_buyer,
        )
        await self.changes(promotion, {} if quota is None else {self.sku: quota})
        return promotion

    async def changes(self, promotion: Promotion, quotas: Mapping[str, int]) -> None:
        """Create or replace a promotion."""
        await self.api.ports.catalogue.put_promotion(promotion, quotas, _AUTHOR)

    async def flash(self, price: int = 10_000, **more: Any) -> Promotion:
        """A flash sale of the item."""
        return await self.promotes("flash_sale", {"prices": {self.sku: price}}, **more)

    async def knows_the_buyer(self, registered_at: datetime, *segments: str) -> None:
        """Tell since when the buyer is one."""
        buyer = Buyer(self.buyer_id, registered_at, segments=frozenset(segments))
        await self.api.ports.catalogue.put_buyer(buyer)

    async def quote(self, quantity: int = 1, **wishes: Any) -> View:
        """A price for the buyer; of scene checkout unless another one is named."""
        body = {
            "scene": "checkout",
            "currency": "CNY",
            "buyer_id": self.buyer_id,
            "lines": [{"sku": self.sku, "quantity": quantity}],
            **wishes,
        }
        answer = await self.api.http.post("/v1/quotes", json=body)
        assert answer.status_code == 201, answer.text
        view: View = answer.json()
        return view

    async def quote_until(self, holds: Callable[[View], bool], **wishes: Any) -> View:
        """Quote again and again until that holds; nobody announces that a time has come."""
        async with asyncio.timeout(_PATIENCE):
            while not holds(view := await self.quote(**wishes)):  # noqa: ASYNC110 - a time comes by itself
                await asyncio.sleep(0.05)
        return view

    async def orders(self, quote: View, quantity: int = 1) -> httpx.Response:
        """Place an order by that quote."""
        body = {
            "buyer_id": self.buyer_id,
            "snapshot_id": quote["id"],
            "lines": [{"sku": self.sku, "quantity": quantity}],
            "address": ADDRESS,
        }
        return await self.api.post("/v1/orders", body)

    async def placed(self, quote: View) -> View:
        """An order that was created at once."""
        answer = await self.orders(quote)
        assert answer.status_code == 201, answer.text
        view: View = answer.json()
        return view

    async def asked(self, quote: View) -> tuple[View, View]:
        """An order whose buyer is asked: the order, and the message that asks."""
        answer = await self.orders(quote)
        assert answer.status_code == 200, answer.text
        view = answer.json()
        assert view["order"]["status"] == "draft", view
        return view["order"], view["messages"][0]

    async def confirms(self, order: View, snapshot_id: str) -> httpx.Response:
        """The buyer agrees to that snapshot."""
        path = f"/v1/orders/{order['id']}/price-confirmation"
        return await self.api.post(path, {"snapshot_id": snapshot_id})

    async def declines(self, order: View) -> httpx.Response:
        """The buyer does not agree."""
        return await self.api.post(f"/v1/orders/{order['id']}/price-decline", {})

    async def aged(self, quote: View, *, left: timedelta) -> View:
        """The same snapshot as if it had been made earlier, so that only `left` of its time is left."""
        snapshots = self.api.ports.snapshots
        snapshot = await snapshots.get(quote["id"])
        assert snapshot is not None
        shift = snapshot.expires_at - (now() + left)
        aged = replace(
            snapshot,
            id=f"snap_{uuid4().hex}",
            created_at=snapshot.created_at - shift,
            expires_at=snapshot.expires_at - shift,
        )
        await snapshots.save(aged)
        return {**quote, "id": aged.id}
