"""What price tests of the API put into a shop: promotions, vouchers, buyers, rules; and a worked example.

`python -m tests.support.price_api` draws the picture of the worked example again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from domain.catalogue.buyers import Buyer
from domain.ports.catalogue import Author
from domain.pricing.breakdown import Funder
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from domain.stock.allowance import Allowance
from tests.support.api_world import ApiWorld, api_world, cny
from tests.support.builders import NOON

AUTHOR = Author("test")
HOUR = timedelta(hours=1)
WORKED_EXAMPLE = Path(__file__).resolve().parents[2] / "docs/images/waterfall.svg"
Json = dict[str, Any]
MUGS = {"sku": "mug", "quantity": 2}
FLASH_MUGS = {**MUGS, "promotion_id": "pro_1"}
QUOTA = Allowance.of_promotion("pro_1", "mug")


async def promotes(
    world: ApiWorld,
    kind: str = "flash_sale",
    terms: Mapping[str, Any] | None = None,
    *,
    quotas: Mapping[str, int] | None = None,
    starts_at: datetime = NOON - HOUR,
    ends_at: datetime = NOON + HOUR,
    **changes: Any,
) -> Promotion:
    """A promotion of mugs by shop-7, a flash sale at 8.00 unless told otherwise; it is active at NOON."""
    facts: Json = {
        "id": "pro_1",
        "name": "Flash sale on Friday",
        "currency": "CNY",
        "funder": Funder.MERCHANT,
        "merchant_id": "shop-7",
        "skus": frozenset({"mug"}),
        "has_quota": quotas is not None,
        **changes,
    }
    rule = rule_of(kind, terms or {"prices": {"mug": 800}})
    promotion = Promotion(kind=kind, rule=rule, starts_at=starts_at, ends_at=ends_at, **facts)
    await world.catalogue.put_promotion(promotion, quotas or {}, AUTHOR)
    return promotion


async def knows(world: ApiWorld, buyer_id: str = "buyer-1", **facts: Any) -> None:
    """Tell who a buyer is."""
    await world.catalogue.put_buyer(Buyer(buyer_id, **facts))


async def puts(world: ApiWorld, path: str, body: Json) -> None:
    """PUT something that must be accepted."""
    answer = await world.http.put(path, json=body)
    assert answer.status_code == 204, answer.text


def yuan(amount: int) -> Json:
    """An amount as the API has it."""
    money = cny(amount)
    return {"amount": money.amount, "currency": money.currency}


def a_voucher(**changes: Any) -> Json:
    """100.00 off, for anybody."""
    return {
        "name": "100 off in spring",
        "kind": "amount",
        "value": 10_000,
        "currency": "CNY",
        "starts_at": "2026-01-01T00:00:00Z",
        "ends_at": "2026-02-01T00:00:00Z",
        **changes,
    }


async def tells_the_worked_example(world: ApiWorld) -> Json:
    """Two robots in a flash sale, a threshold, voucher, points, insurance, delivery and a card: 693.60."""
    price = {"market_price": yuan(50_000), "discount_price": yuan(49_000)}
    robot = {
        "sku": "robot",
        "merchant_id": "shop-9",
        "title": "Robot",
        "category": "physical",
        "prices": [price],
        "stock": 10,
    }
    await puts(world, "/v1/catalogue/items", {"items": [robot]})
    await puts(world, "/v1/catalogue/merchants/shop-9/delivery-fee", {"fee": yuan(1_000)})
    rules = {
        "services": [{"code": "insurance", "label": "insurance", "amount": 5_000}],
        "handling": {"card": 200},
        "points": {"points": 100, "worth": 100},
    }
    await puts(world, "/v1/fee-rules/CNY", rules)
    await puts(world, "/v1/vouchers/SPRING-100", a_voucher(minimum=50_000, uses=10))
    await puts(world, "/v1/buyers/buyer-1/points", {"points": 10_000})
    await promotes(
        world,
        terms={"prices": {"robot": 45_000}},
        merchant_id="shop-9",
        skus=frozenset({"robot"}),
    )
    await promotes(
        world,
        "shop_threshold",
        {"minimum": 80_000, "amount": 8_000},
        id="pro_2",
        name="80 off from 800",
        merchant_id="shop-9",
        skus=None,
    )
    return await world.quote(
        lines=[{"sku": "robot", "quantity": 2}],
        payment_method="card",
        voucher_code="SPRING-100",
        points=10_000,
        services=["insurance"],
    )


async def draws_the_worked_example() -> bytes:
    """Its picture, as the API draws it."""
    async with api_world() as world:
        quote = await tells_the_worked_example(world)
        return (await world.get(quote["links"]["waterfall"])).content


async def holds(world: ApiWorld, *lines: Json, key: str = "", **changes: Any) -> httpx.Response:
    """Ask for a hold of two mugs, or of these lines."""
    body = {"buyer_id": "buyer-1", "lines": lines or (MUGS,), **changes}
    return await world.post("/v1/holds", body, key)


async def counts(world: ApiWorld, sku: str = "mug") -> tuple[int, int]:
    """How many are free and how many held."""
    level = await world.stock.level(sku)
    assert level is not None
    return level.available, level.held


async def quota_left(world: ApiWorld) -> int:
    """How many mugs the promotion may still sell."""
    level = await world.stock.allowance(QUOTA)
    assert level is not None
    return level.available


if __name__ == "__main__":
    WORKED_EXAMPLE.write_bytes(asyncio.run(draws_the_worked_example()))
