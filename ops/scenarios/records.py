"""Stories about what is on record: looking back, and forgetting a person without losing a fact."""

from collections.abc import Sequence
from http import HTTPStatus

from ops.scenarios.answers import code_of
from ops.scenarios.shop import Shop, View, is_booked
from ops.scenarios.story import Machinery, Story, check


async def looked_back(shop: Shop, _machinery: Machinery) -> Story:
    """An order is cancelled after it was paid. Later somebody asks how it stood before, and who did that."""
    placed = await shop.place(await shop.new_item(5))
    await shop.pay(placed["pay_url"])
    await shop.until(placed["id"], is_booked, "booked with the carrier")
    await shop.cancel(placed["id"])
    done = await shop.until(placed["id"], lambda view: view["payment_status"] == "refunded", "refunded")
    events = await shop.events(placed["id"])
    before = next(event for event in events if event["type"] == "PaymentConfirmed")
    then = await shop.records.as_it_was(placed["id"], version=before["version"])
    check((then["status"], then["refunded"]["amount"]) == ("paid", 0), f"it was {then['status']} then")
    earlier = await shop.records.as_it_was(placed["id"], at=events[0]["recorded_at"])
    check(earlier["version"] < before["version"], "the past knows what came later")
    trail = await shop.records.audit("refund", _key_of_refund(events))
    told = [entry["what"] for entry in trail]
    check(told == ["RefundRequested", "PaymentRefunded"], f"the refund's trail is {told}")
    check(all(entry["who"] and entry["why"] for entry in trail), "somebody paid back for no reason")
    return Story(done, f"paid at version {before['version']}; the refund was asked for by {trail[0]['who']}")


async def forgotten(shop: Shop, _machinery: Machinery) -> Story:
    """A buyer asks to be forgotten: not while goods are still to be sent, but once they have arrived.

    Afterwards nobody can read the address anywhere. The order, its events and its money stay as they were.
    """
    order = await shop.place(await shop.new_item(5))
    buyer = order["buyer_id"]
    await shop.pay(order["pay_url"])
    early = await shop.records.forget(buyer)
    check(code_of(early) == "goods_to_be_sent", "somebody was forgotten whose parcel was still to be sent")
    before = await shop.deliver(order["id"])
    check(before["address"]["street"], "the address was lost before anybody asked")
    done = await shop.records.forget(buyer)
    check(done.status_code == HTTPStatus.OK, f"forgetting failed with {done.status_code}")
    after = await shop.until(order["id"], lambda view: view["address"]["erased"], "without an address")
    check(
        (after["status"], after["total"]) == (before["status"], before["total"]),
        "a fact was forgotten as well",
    )
    events = await shop.events(order["id"])
    check("Lakeside" not in str(events), "the events still tell the street")
    refused = await shop.send(await shop.fill_basket(await shop.new_item(1), buyer=buyer))
    check(code_of(refused) == "buyer_erased", "an erased buyer could order")
    return Story(after, "the address is gone for good; order, events and money stay")


def _key_of_refund(events: Sequence[View]) -> str:
    return str(next(event["data"]["refund_key"] for event in events if event["type"] == "RefundRequested"))
