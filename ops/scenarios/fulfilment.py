"""Stories about goods on their way: money taken with the parcel, two warehouses, a service, a lost parcel."""

from uuid import uuid4

from ops.scenarios.pricing_hands import Item
from ops.scenarios.shop import MERCHANT, PRICE, Shop, View
from ops.scenarios.story import Machinery, Story, check

MANUAL = "invoice"
"""The payment method whose money the demo takes only when goods leave."""


async def captured_with_the_parcel(shop: Shop, _machinery: Machinery) -> Story:
    """The money is only authorised at the checkout, and taken when the carrier has the parcel."""
    order = await shop.place_all([(await shop.new_item(5), 2)], payment_method=MANUAL)
    total = order["total"]["amount"]
    await shop.pay(order["pay_url"])
    paid = await shop.until(order["id"], _is_booked, "booked with the carrier")
    check(paid["payment_status"] == "authorised", f"before the parcel left it was {paid['payment_status']}")
    check(not await shop.charges(order["id"]), "money was taken before anything had left")
    await shop.carrier.hand_over(_parcels(paid)[0]["id"])
    taken = await shop.until(order["id"], lambda view: view["payment_status"] == "captured", "captured")
    check(await shop.charges(order["id"]) == [total], "the provider did not charge once")
    await shop.carrier.deliver(_parcels(taken)[0]["id"])
    done = await shop.until_status(order["id"], "completed")
    return Story(done, "authorised first, charged when the parcel left")


async def two_warehouses(shop: Shop, _machinery: Machinery) -> Story:
    """No warehouse has everything: two parcels, and the order is shipped when the second has left."""
    here, there = await shop.new_item(0), await shop.new_item(0)
    await shop.after_sale.stock("main", here, 1)
    await shop.after_sale.stock("west", there, 1)
    order = await shop.place_all([(here, 1), (there, 1)])
    await shop.pay(order["pay_url"])
    paid = await shop.until(order["id"], _is_booked, "booked with the carrier")
    first, second = _parcels(paid)
    check({first["warehouse_id"], second["warehouse_id"]} == {"main", "west"}, "not one parcel per warehouse")
    await shop.carrier.hand_over(first["id"])
    await shop.carrier.deliver(first["id"])
    part = await shop.until(order["id"], lambda view: _statuses(view)[0] == "delivered", "half delivered")
    check(part["status"] == "paid", f"with one of two parcels delivered it was {part['status']}")
    check(part["fulfilment_status"] == "partially_shipped", f"its goods were {part['fulfilment_status']}")
    await shop.carrier.hand_over(second["id"])
    await shop.until_status(order["id"], "shipped")
    await shop.carrier.deliver(second["id"])
    done = await shop.until_status(order["id"], "completed")
    return Story(done, "two parcels; shipped with the second, not before")


async def service_not_accepted(shop: Shop, _machinery: Machinery) -> Story:
    """Nobody accepts the service in time: the order is cancelled and the money goes back."""
    sku = f"demo-{uuid4().hex[:10]}"
    await shop.pricing.put_item(Item(sku, "茶壶修复 Teapot repair", MERCHANT, PRICE, category="service"), 3)
    order = await shop.place_all([(sku, 1)])
    total = order["total"]["amount"]
    await shop.pay(order["pay_url"])
    ended = await shop.until(order["id"], lambda view: view["refunded"]["amount"] == total, "refunded")
    check(ended["status"] == "cancelled", f"the service that nobody accepted is {ended['status']}")
    check(await shop.charges(order["id"]) == [total, -total], "it was not one charge and one refund")
    check(await shop.after_sale.available(sku) == 3, "the seat was not given back")  # noqa: PLR2004 - as put
    return Story(ended, "nobody accepted in time; all of the money is back")


async def parcel_lost(shop: Shop, _machinery: Machinery) -> Story:
    """The carrier loses one of two parcels: its goods are paid back, the rest is delivered and completed."""
    here, there = await shop.new_item(0), await shop.new_item(0)
    await shop.after_sale.stock("main", here, 1)
    await shop.after_sale.stock("west", there, 1)
    order = await shop.place_all([(here, 1), (there, 1)])
    await shop.pay(order["pay_url"])
    paid = await shop.until(order["id"], _is_booked, "booked with the carrier")
    arrives, lost = _parcels(paid)
    for parcel in (arrives, lost):
        await shop.carrier.hand_over(parcel["id"])
    await shop.carrier.deliver(arrives["id"])
    await shop.carrier.lose(lost["id"])
    back = await shop.until(order["id"], lambda view: view["refunded"]["amount"] == PRICE, "paid back")
    check(await shop.charges(order["id"]) == [2 * PRICE, -PRICE], "not just the lost goods were paid back")
    done = await shop.until_status(back["id"], "completed")
    check(sorted(_statuses(done)) == ["delivered", "lost"], f"its parcels are {_statuses(done)}")
    return Story(done, "one parcel arrived, the other was paid back")


def _parcels(view: View) -> list[View]:
    return [shipment for shipment in view["shipments"] if shipment["category"] == "physical"]


def _statuses(view: View) -> list[str]:
    return [shipment["status"] for shipment in _parcels(view)]


def _is_booked(view: View) -> bool:
    return bool(_parcels(view)) and set(_statuses(view)) == {"booked"}
