"""Stories told by message instead of by HTTP."""

from ops.scenarios.message_hands import by_message
from ops.scenarios.shop import Shop
from ops.scenarios.story import Machinery, Story, check

_TIMES = 3


async def ordered_by_message(shop: Shop, machinery: Machinery) -> Story:
    """A service orders by message, and sends the command three times. The same again over HTTP is no news."""
    request = await shop.fill_basket(await shop.new_item(5))
    async with machinery.broker() as broker, by_message(broker) as hands:
        replies = await hands.ask("place_order", request.key, request.body, times=_TIMES)
    orders = {reply["body"]["order"]["id"] for reply in replies}
    check(len(orders) == 1, f"three messages made {len(orders)} orders")
    over_http = (await shop.send(request)).json()
    check(over_http["order"]["id"] in orders, "HTTP and messages have different answers")
    order = over_http["order"]
    check(order["total"]["amount"] == replies[0]["body"]["order"]["total"]["amount"], "two prices")
    await shop.pay(over_http["payment"]["pay_url"])
    done = await shop.deliver(order["id"])
    check(len(await shop.charges(order["id"])) == 1, "it was charged more than once")
    return Story(done, "three messages and a POST, one order, one charge")
