"""The story of an order's money: divided between merchant, platform and channel, and stated."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from ops.scenarios.answers import ShopError
from ops.scenarios.pricing_hands import CURRENCY, Item
from ops.scenarios.shop import PRICE, Shop, View, checkout_of
from ops.scenarios.story import Machinery, Story, check

_COMMISSION = 800
_PATIENCE = 60.0  # settling is a chore that looks every ten seconds
_COLUMNS = ("goods", "commission", "delivery", "charges", "reductions", "amount")


async def settled(shop: Shop, _machinery: Machinery) -> Story:
    """One of two units comes back after completion: every penny has an owner, the statement says whose."""
    merchant = f"m-demo-{uuid4().hex[:10]}"
    order = await _completed(shop, merchant)
    await _settlement(shop, order["id"], 1)
    case = await shop.after_sale.ask_to_return(order["id"], [(1, 1)])
    await shop.after_sale.approve(order["id"], case["id"])
    await shop.after_sale.receive(order["id"], case["id"], [(1, 1)])
    movements = (await _settlement(shop, order["id"], 2))["movements"]
    for movement in movements:
        shares = sum(share["amount"] for share in movement["shares"])
        paid = movement["buyer"]["amount"]
        check(shares == paid, f"of {paid} that the buyer paid, {shares} has an owner")
    statement = await shop.after_sale.open_statement(f"merchant:{merchant}", CURRENCY)
    told = [entry["order_id"] for entry in statement["entries"]]
    check(
        told == [order["id"]] * 2,
        f"the merchant's statement has {len(told)} entries, not a sale and a refund",
    )
    picture = [_row("", _COLUMNS), *_rows(movements), *_statement(statement)]
    return Story(await shop.look(order["id"]), "every penny has an owner:", picture)


async def _completed(shop: Shop, merchant: str) -> View:
    """Two units, a voucher that the platform pays, delivery, and a card that costs two per cent."""
    sku, buyer, voucher = f"{merchant}-tea", f"buyer-{uuid4().hex[:10]}", f"DEMO-{uuid4().hex[:10]}"
    await shop.pricing.put_item(Item(sku, "西湖龙井 Longjing, 100 g", merchant, PRICE), 10)
    await shop.pricing.put_delivery_fee(merchant, 1_000)
    await shop.after_sale.agree_on(merchant, _COMMISSION)
    await shop.pricing.put_voucher(voucher, {"name": "20 off", "kind": "amount", "value": 2_000, "uses": 1})
    await shop.pricing.put_buyer(buyer, timedelta(days=100))
    await shop.pricing.add_fee_rules(lambda rules: {"handling": {**rules["handling"], "card": 200}})
    quote = await shop.pricing.quote(buyer, [(sku, 2)], voucher_code=voucher, payment_method="card")
    answer = (await shop.send(checkout_of(quote))).json()
    await shop.pay(answer["payment"]["pay_url"])
    return await shop.deliver(answer["order"]["id"])


async def _settlement(shop: Shop, order_id: str, movements: int) -> View:
    deadline = time.monotonic() + _PATIENCE
    while True:
        found = await shop.after_sale.settlement(order_id)
        if found is not None and len(found["movements"]) == movements:
            return found
        if time.monotonic() > deadline:
            raise ShopError(f"order {order_id} was not settled in time")
        await asyncio.sleep(0.2)


def _rows(movements: Sequence[View]) -> list[str]:
    rows = []
    for movement in movements:
        for share in movement["shares"]:
            party = share["party"].partition(":")[0]
            rows.append(_row(f"{movement['kind']}: {party}", _of(share)))
        paid = ["", "", "", "", "= buyer", _shown(movement["buyer"]["amount"])]
        rows.append(_row("", paid))
    return rows


def _statement(statement: View) -> list[str]:
    entries = [_row(f"  {entry['kind']}", _of(entry)) for entry in statement["entries"]]
    return ["the merchant's next statement", *entries, _row("the merchant is owed", _of(statement["sums"]))]


def _of(amounts: View) -> list[str]:
    return [_shown(amounts[column]) for column in _COLUMNS]


def _shown(amount: int) -> str:
    return f"{Decimal(amount).scaleb(-2):,.2f}".replace("-", "−")


def _row(label: str, cells: Sequence[str]) -> str:
    return f"{label:<22}" + "".join(f"{cell:>12}" for cell in cells)
