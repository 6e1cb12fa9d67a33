"""Stories about machinery that breaks: the worker killed, Temporal away, Valkey away."""

import asyncio
from collections import Counter
from http import HTTPStatus

from ops.scenarios.shop import Shop
from ops.scenarios.story import Machinery, Story, check

ARRIVALS = 20


async def worker_killed(shop: Shop, machinery: Machinery) -> Story:
    """The worker dies right after the provider charged: restarted, it goes on, and charges nothing again."""
    order = await shop.place(await shop.new_item(5))
    await shop.script(order["id"], "delay", delay_ms=500)  # so that the worker cannot have heard of it
    await shop.pay(order["pay_url"])
    await machinery.kill("worker")
    try:
        total = order["total"]["amount"]
        check(await shop.charges(order["id"]) == [total], "the provider had not charged when the worker died")
    finally:
        await machinery.start("worker")
    paid = await shop.until_status(order["id"], "paid")
    await shop.until_callbacks_are_out()
    check(await shop.charges(order["id"]) == [total], "the restarted worker charged again")
    check(paid["captured"] == paid["total"], "not all of the money was captured")
    return Story(paid, "SIGKILL, restarted, one charge")


async def temporal_stopped(shop: Shop, machinery: Machinery) -> Story:
    """Twenty orders arrive while Temporal is away: all accepted, each started once when it is back."""
    sku = await shop.new_item(ARRIVALS)
    baskets = [await shop.fill_basket(sku) for _ in range(ARRIVALS)]
    await machinery.stop("temporal")
    try:
        answers = await asyncio.gather(*(shop.send(basket) for basket in baskets))
        statuses = Counter(answer.status_code for answer in answers)
        check(statuses == {HTTPStatus.ACCEPTED: ARRIVALS}, f"the answers were {dict(statuses)}, not 202")
    finally:
        await machinery.start("temporal")
    ids = {answer.json()["order_id"] for answer in answers}
    check(len(ids) == ARRIVALS, f"{len(ids)} orders came of {ARRIVALS} requests")
    waits = (shop.until(each, lambda view: view["status"] != "accepted", "started") for each in ids)
    orders = await asyncio.gather(*waits)
    for order in orders:
        kinds = Counter(event["type"] for event in await shop.events(order["id"]))
        check(
            kinds["OrderCreated"] == 1, f"order {order['number']} was created {kinds['OrderCreated']} times"
        )
    repeated = await shop.send(baskets[0])
    same = repeated.json().get("order_id") or repeated.json()["order"]["id"]
    check(same in ids, "the same request again made another order")
    return Story(orders[0], f"{ARRIVALS} accepted with 202, each started once")


async def valkey_stopped(shop: Shop, machinery: Machinery) -> Story:
    """Without the cache, orders are quoted, placed, paid and read as before."""
    await machinery.stop("valkey")
    try:
        order = await shop.place(await shop.new_item(5))
        await shop.pay(order["pay_url"])
        paid = await shop.until_status(order["id"], "paid")
    finally:
        await machinery.start("valkey")
    check(await shop.charges(order["id"]) == [paid["total"]["amount"]], "the provider did not charge once")
    check((await shop.look(order["id"]))["status"] == "paid", "the returned cache shows an older order")
    return Story(paid, "quoted, placed and paid without a cache")
