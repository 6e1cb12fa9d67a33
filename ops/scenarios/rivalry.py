"""Stories about many at once: the same request ten times, two buyers for the last unit."""

import asyncio
from http import HTTPStatus

from ops.scenarios.shop import Shop
from ops.scenarios.story import Machinery, Story, check

REPETITIONS = 10


async def same_request_ten_times(shop: Shop, _machinery: Machinery) -> Story:
    """One checkout is posted ten times at the same moment: one order."""
    sku = await shop.new_item(REPETITIONS)
    request = await shop.fill_basket(sku)
    answers = await asyncio.gather(*(shop.send(request) for _ in range(REPETITIONS)))
    statuses = {answer.status_code for answer in answers}
    check(statuses == {HTTPStatus.CREATED}, f"the answers were {sorted(statuses)}, not 201")
    ids = {answer.json()["order"]["id"] for answer in answers}
    check(len(ids) == 1, f"{len(ids)} orders came of one request")
    replayed = sum("idempotent-replayed" in answer.headers for answer in answers)
    check(replayed == REPETITIONS - 1, f"{replayed} of ten answers were marked as replayed, not nine")
    order = await shop.look(ids.pop())
    rest = await shop.place(sku, REPETITIONS - 1)
    await shop.cancel(rest["id"])
    listed = await shop.orders_of(order["buyer_id"])
    check(len(listed) <= 1, f"the list has {len(listed)} orders of one request")
    return Story(order, "ten answers, one order, one unit held")


async def last_unit(shop: Shop, _machinery: Machinery) -> Story:
    """Two buyers want the last unit: one gets it, the other a clear refusal."""
    sku = await shop.new_item(1, "古董茶壶 Antique teapot, one of its kind")
    baskets = [await shop.fill_basket(sku) for _ in range(2)]
    answers = await asyncio.gather(*(shop.send(basket) for basket in baskets))
    won = [answer for answer in answers if answer.status_code == HTTPStatus.CREATED]
    lost = [answer for answer in answers if answer.status_code == HTTPStatus.CONFLICT]
    check(len(won) == 1, f"{len(won)} buyers got the last unit")
    check(len(lost) == 1, "the other buyer was not refused")
    problem = lost[0].json()
    check(problem["code"] == "out_of_stock", f"the refusal says {problem['code']}")
    shortage = {"sku": sku, "wanted": 1, "available": 0}
    check(problem["shortages"] == [shortage], f"the refusal does not say what is left: {problem}")
    order = won[0].json()
    await shop.pay(order["payment"]["pay_url"])
    return Story(await shop.until_status(order["order"]["id"], "paid"), "the other: 409 out_of_stock")
