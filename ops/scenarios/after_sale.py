"""Stories about what comes after: goods that go back, and a bank that takes the money back."""

from ops.scenarios.shop import PRICE, Shop, View
from ops.scenarios.story import Machinery, Story, check


async def partly_returned(shop: Shop, _machinery: Machinery) -> Story:
    """Three cups, one goes back: the merchant approves, receives it, and a third of the money goes back."""
    sku = await shop.new_item(5)
    order = await shop.place(sku, 3)
    await _delivered(shop, order)
    case = await shop.after_sale.ask_to_return(order["id"], [(1, 1)])
    await shop.after_sale.approve(order["id"], case["id"])
    waiting = await shop.look(order["id"])
    check(waiting["refunded"]["amount"] == 0, "money went back before the goods were back")
    await shop.after_sale.receive(order["id"], case["id"], [(1, 1)])
    back = await shop.until(order["id"], lambda view: view["refunded"]["amount"] == PRICE, "paid back")
    check(await shop.charges(order["id"]) == [3 * PRICE, -PRICE], "another sum than one cup's was paid back")
    check(await shop.after_sale.available(sku) == 3, "the cup is not on sale again")  # noqa: PLR2004 - 5 - 3 + 1
    done = await shop.until_status(back["id"], "completed")
    return Story(done, "one of three returned, a third paid back, on sale again")


async def charged_back(shop: Shop, _machinery: Machinery) -> Story:
    """The buyer's bank takes the money back: the order shows it, a person is asked, nothing is refunded."""
    order = await shop.place(await shop.new_item(5))
    await _delivered(shop, order)
    await shop.charge_back(order["payment_key"])
    taken = await shop.until(
        order["id"], lambda view: view["payment_status"] == "charged_back", "charged back"
    )
    check(taken["status"] in {"shipped", "completed"}, f"the charge-back made the order {taken['status']}")
    done = await shop.until_status(order["id"], "completed")
    check(done["refunded"]["amount"] == 0, "money that the bank took was refunded on top")
    check(done["payment_status"] == "charged_back", f"its money is {done['payment_status']} now")
    return Story(done, "shown as charged back, refunded nothing, a person is asked")


async def _delivered(shop: Shop, order: View) -> None:
    await shop.pay(order["pay_url"])
    paid = await shop.until(
        order["id"], lambda view: [each["status"] for each in view["shipments"]] == ["booked"], "booked"
    )
    parcel = paid["shipments"][0]["id"]
    await shop.carrier.hand_over(parcel)
    await shop.carrier.deliver(parcel)
    await shop.until(order["id"], lambda view: view["fulfilment_status"] == "delivered", "delivered")
