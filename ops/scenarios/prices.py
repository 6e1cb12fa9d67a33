"""Stories about prices that move between quote and order, and about one that has every part."""

from datetime import timedelta
from http import HTTPStatus
from uuid import uuid4

from ops.scenarios.pricing_hands import Campaign, Item, View
from ops.scenarios.shop import MERCHANT, PRICE, Shop, checkout_of
from ops.scenarios.staircase import staircase
from ops.scenarios.story import Machinery, Story, check

FLASH_PRICE = 15_900
SOON = timedelta(seconds=6)  # long enough for a review on a slow machine
WEEK = timedelta(days=7)
_RISEN = PRICE + 2_000


async def price_changed_confirmed(shop: Shop, _machinery: Machinery) -> Story:
    """The merchant raises the price after the quote; the buyer is asked, agrees, and pays the new one."""
    sku = await shop.new_item(5)
    quote = await shop.pricing.quote(_a_buyer(), [(sku, 1)])
    await shop.pricing.put_item(Item(sku, "Longjing, dearer today", MERCHANT, _RISEN))
    order, message = await _asked(shop, quote)
    _check_question(message, "price_adjusted", PRICE, _RISEN)
    return await _agree_and_pay(shop, order, message, _RISEN)


async def price_changed_declined(shop: Shop, _machinery: Machinery) -> Story:
    """The same, and the buyer does not agree: nothing is charged, and the only unit can be bought."""
    sku = await shop.new_item(1)
    quote = await shop.pricing.quote(_a_buyer(), [(sku, 1)])
    await shop.pricing.put_item(Item(sku, "Longjing, dearer today", MERCHANT, _RISEN))
    order, message = await _asked(shop, quote)
    _check_question(message, "price_adjusted", PRICE, _RISEN)
    declined = await shop.pricing.decline(order["id"])
    check(declined["status"] == "cancelled", f"the declined order is {declined['status']}")
    check(declined["cancel_reason"] == "price_declined", f"it ended for {declined['cancel_reason']}")
    check(not await shop.charges(order["id"]), "an order that the buyer declined has a charge")
    other = await shop.place(sku)
    check(other["total"]["amount"] == _RISEN, "the goods of the declined order were not given back")
    await shop.cancel(other["id"])
    return Story(await shop.look(order["id"]), "nothing charged, nothing held")


async def flash_sale_ends(shop: Shop, _machinery: Machinery) -> Story:
    """A flash sale is over before the order comes: the buyer hears why, and buys at the daily price."""
    sku, buyer = await shop.new_item(5), _a_buyer()
    await shop.pricing.start(_flash_sale(sku, lasts=SOON))
    quote = await shop.pricing.quote(buyer, [(sku, 1)])
    check(quote["total"]["amount"] == FLASH_PRICE, f"the flash sale gave {quote['total']['amount']}")
    check(quote["expiration_warnings"], "nobody warned that the flash sale is about to end")
    await shop.pricing.quote_until(PRICE, buyer, [(sku, 1)])
    order, message = await _asked(shop, quote)
    _check_question(message, "promotion_ended", FLASH_PRICE, PRICE)
    return await _agree_and_pay(shop, order, message, PRICE)


async def promotion_sold_out(shop: Shop, _machinery: Machinery) -> Story:
    """One unit at the flash price, two buyers who were both shown it: the second is asked."""
    sku = await shop.new_item(5)
    await shop.pricing.start(_flash_sale(sku, quota=1))
    first, second = [await shop.pricing.quote(_a_buyer(), [(sku, 1)]) for _ in range(2)]
    check(second["total"]["amount"] == FLASH_PRICE, f"the flash sale gave {second['total']['amount']}")
    won = await shop.send(checkout_of(first))
    check(won.status_code == HTTPStatus.CREATED, f"the first buyer got {won.status_code}")
    order, message = await _asked(shop, second)
    _check_question(message, "promotion_sold_out", FLASH_PRICE, PRICE)
    return await _agree_and_pay(shop, order, message, PRICE)


async def new_buyer_on_day_8(shop: Shop, _machinery: Machinery) -> Story:
    """A new buyer's last seconds: the offer holds when the price is shown, and no more when it is ordered."""
    sku, buyer = await shop.new_item(5), _a_buyer()
    await shop.pricing.put_buyer(buyer, WEEK - SOON)
    terms = {"prices": {sku: FLASH_PRICE}}
    await shop.pricing.start(Campaign(MERCHANT, "Welcome price", "new_buyer_price", terms, [sku]))
    quote = await shop.pricing.quote(buyer, [(sku, 1)])
    check(quote["total"]["amount"] == FLASH_PRICE, f"a new buyer's price is {quote['total']['amount']}")
    await shop.pricing.quote_until(PRICE, buyer, [(sku, 1)])
    order, message = await _asked(shop, quote)
    _check_question(message, "new_buyer_offer_over", FLASH_PRICE, PRICE)
    return await _agree_and_pay(shop, order, message, PRICE)


async def everything_at_once(shop: Shop, _machinery: Machinery) -> Story:
    """All four layers in one price, drawn as a waterfall; what was shown is what is charged."""
    merchant, buyer = f"m-demo-{uuid4().hex[:10]}", _a_buyer()
    tea, cup, voucher = f"{merchant}-tea", f"{merchant}-cup", f"DEMO-{uuid4().hex[:10]}"
    await shop.pricing.put_item(Item(tea, "西湖龙井 Longjing, 100 g", merchant, PRICE, market=21_900), 10)
    await shop.pricing.put_item(Item(cup, "青瓷杯 Celadon cup", merchant, 6_600, market=8_800), 10)
    await shop.pricing.put_delivery_fee(merchant, 1_000)
    await shop.pricing.put_buyer(buyer, timedelta(days=100), points=5_000)
    await shop.pricing.put_voucher(voucher, {"name": "20 off", "kind": "amount", "value": 2_000, "uses": 1})
    await shop.pricing.add_fee_rules(_with_insurance_points_and_card)
    three = {"min_quantity": 3, "basis_points": 2_000, "max_rounds": None}
    enough = {"minimum": 50_000, "amount": 5_000}
    await shop.pricing.start(Campaign(merchant, "Three teas, 20 % off", "bundle_percentage", three, [tea]))
    await shop.pricing.start(Campaign(merchant, "500 spent, 50 off", "shop_threshold", enough, [tea, cup]))
    quote = await shop.pricing.quote(
        buyer,
        [(tea, 3), (cup, 1)],
        voucher_code=voucher,
        points=3_000,
        services=["insurance"],
        payment_method="card",
    )
    _check_parts(quote)
    answer = await shop.send(checkout_of(quote))
    check(answer.status_code == HTTPStatus.CREATED, f"the order answered {answer.status_code}")
    order = answer.json()
    await shop.pay(order["payment"]["pay_url"])
    paid = await shop.until_status(order["order"]["id"], "paid")
    check(await shop.charges(paid["id"]) == [_ALL_PARTS], "another sum than the quote's was charged")
    drawn = staircase(quote["breakdown"]["steps"], quote["total"]["amount"])
    picture = [*drawn, quote["breakdown"]["text"], await shop.pricing.picture(quote)]
    return Story(paid, "the price as a waterfall:", picture)


# 3 x 199.00 - 20 % + 66.00 - 50.00 - 20.00 - 30.00 + delivery 10.00 + insurance 5.00, and 2 % of it.
_ALL_PARTS = 46_777
_EXPECTED = {
    "bundle_percentage": -11_940,
    "shop_threshold": -5_000,
    "voucher": -2_000,
    "points": -3_000,
    "delivery_fee": 1_000,
    "service": 500,
    "handling_fee": 917,
}


def _check_parts(quote: View) -> None:
    parts = {part["type"]: part["amount"]["amount"] for part in quote["breakdown"]["components"]}
    found = {kind: parts.get(kind) for kind in _EXPECTED}
    check(found == _EXPECTED, f"the parts of the price are {found}")
    check(quote["total"]["amount"] == _ALL_PARTS, f"the price is {quote['total']['amount']}")


def _with_insurance_points_and_card(rules: View) -> View:
    services = [each for each in rules["services"] if each["code"] != "insurance"]
    return {
        "services": [*services, {"code": "insurance", "label": "Insurance", "amount": 500}],
        "handling": {**rules["handling"], "card": 200},
        "points": {"points": 100, "worth": 100},
    }


def _flash_sale(sku: str, *, quota: int | None = None, lasts: timedelta = timedelta(hours=1)) -> Campaign:
    terms = {"prices": {sku: FLASH_PRICE}}
    return Campaign(MERCHANT, "Flash sale", "flash_sale", terms, [sku], quota, lasts)


async def _asked(shop: Shop, quote: View) -> tuple[View, View]:
    """Order by the quote; the order whose buyer is asked, and the message that asks."""
    answer = await shop.send(checkout_of(quote))
    check(answer.status_code == HTTPStatus.OK, f"the order answered {answer.status_code}, not a question")
    body = answer.json()
    check(body["order"]["status"] == "draft", f"the order is {body['order']['status']} before anybody agreed")
    message: View = body["messages"][0]
    return body["order"], message


def _check_question(message: View, reason: str, old: int, new: int) -> None:
    check(message["code"] == "price_changed", f"the message is {message['code']}")
    check(message["reason"] == reason, f"the reason is {message['reason']}, not {reason}")
    totals = [message["old_total"]["amount"], message["new_total"]["amount"]]
    check(totals == [old, new], f"the message names {totals}, not {[old, new]}")


async def _agree_and_pay(shop: Shop, order: View, message: View, total: int) -> Story:
    agreed = await shop.pricing.confirm(order["id"], message["snapshot_id"])
    await shop.pay(agreed["pay_url"])
    paid = await shop.until_status(order["id"], "paid")
    check(await shop.charges(paid["id"]) == [total], "another sum than the confirmed one was charged")
    return Story(paid, f"asked because: {message['reason_text']['en']}")


def _a_buyer() -> str:
    return f"buyer-{uuid4().hex[:10]}"
