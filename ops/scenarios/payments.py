"""Stories about money: paid, declined, never paid, told thrice, cancelled while it flows."""

from collections import Counter
from http import HTTPStatus

from ops.scenarios.shop import Shop, is_booked
from ops.scenarios.story import Machinery, Story, check


async def happy_path(shop: Shop, _machinery: Machinery) -> Story:
    """Paid, shipped, delivered, and completed when the return window is over."""
    order = await shop.place(await shop.new_item(5), 2)
    await shop.pay(order["pay_url"])
    paid = await shop.until(order["id"], is_booked, "booked with the carrier")
    check(paid["status"] == "paid", f"an order whose parcel is booked is {paid['status']}")
    for kind in ("handed_over", "delivered"):
        await shop.report_shipment(paid["shipment_id"], kind)
    done = await shop.until_status(order["id"], "completed")
    check(done["captured"] == done["total"], "not all of the money was captured")
    check(await shop.charges(order["id"]) == [done["total"]["amount"]], "the provider did not charge once")
    return Story(done, "paid, shipped, delivered")


async def declined_then_paid(shop: Shop, _machinery: Machinery) -> Story:
    """A first attempt is declined; a second one pays."""
    order = await shop.place(await shop.new_item(5))
    await shop.decline(order["pay_url"])
    failed = await shop.until(order["id"], lambda view: view["payment_status"] == "failed", "declined")
    check(failed["status"] == "created", "a declined payment ended the order")
    second = await shop.pay_again(order["id"])
    check(second != order["pay_url"], "the second attempt has the first one's pay page")
    await shop.pay(second)
    paid = await shop.until_status(order["id"], "paid")
    check(await shop.charges(order["id"]) == [paid["total"]["amount"]], "the provider did not charge once")
    return Story(paid, "second attempt")


async def never_paid(shop: Shop, _machinery: Machinery) -> Story:
    """Nobody pays: at the deadline the order is cancelled and its goods can be bought again."""
    sku = await shop.new_item(1)
    order = await shop.place(sku)
    cancelled = await shop.until_status(order["id"], "cancelled")
    check(cancelled["cancel_reason"] == "payment_timeout", f"cancelled for {cancelled['cancel_reason']}")
    check(not await shop.charges(order["id"]), "an order that nobody paid has a charge")
    await _check_that_it_can_be_bought(shop, sku)
    return Story(cancelled, "its only unit was sold again")


async def told_three_times(shop: Shop, _machinery: Machinery) -> Story:
    """Each callback comes three times and the capture before the authorisation: one effect."""
    order = await shop.place(await shop.new_item(5))
    await shop.script(order["id"], "duplicate", copies=3)
    await shop.script(order["id"], "reorder")
    await shop.pay(order["pay_url"])
    await shop.until_status(order["id"], "paid")
    await shop.until_callbacks_are_out()
    paid = await shop.look(order["id"])
    check(paid["captured"] == paid["total"], "repeated callbacks changed what was captured")
    check(paid["status"] == "paid", f"repeated callbacks left the order {paid['status']}")
    kinds = Counter(event["type"] for event in await shop.events(order["id"]))
    check(kinds["PaymentConfirmed"] == 1, f"{kinds['PaymentConfirmed']} payments were recorded, not one")
    check(await shop.charges(order["id"]) == [paid["total"]["amount"]], "the provider did not charge once")
    return Story(paid, "six callbacks, one capture")


async def cancelled_while_paying(shop: Shop, _machinery: Machinery) -> Story:
    """The buyer cancels when the provider has the money and we do not know it yet: it goes back, once."""
    sku = await shop.new_item(1)
    order = await shop.place(sku)
    await shop.script(order["id"], "delay", delay_ms=1_000)
    await shop.pay(order["pay_url"])
    await shop.cancel(order["id"])
    total = order["total"]["amount"]
    back = await shop.until(order["id"], lambda view: bool(view["refunded"]["amount"] == total), "refunded")
    await shop.until_callbacks_are_out()
    check(back["status"] == "cancelled", f"the cancelled order is {back['status']}")
    books = await shop.charges(order["id"])
    check(books == [total, -total], f"the provider's books say {books}, not one charge and one refund")
    await _check_that_it_can_be_bought(shop, sku)
    return Story(await shop.look(order["id"]), "one charge, one refund, goods back")


async def _check_that_it_can_be_bought(shop: Shop, sku: str) -> None:
    """Its only unit must be back: the public API shows stock by selling it."""
    answer = await shop.send(await shop.fill_basket(sku))
    check(answer.status_code == HTTPStatus.CREATED, "the goods of the cancelled order were not given back")
    await shop.cancel(answer.json()["order"]["id"])
