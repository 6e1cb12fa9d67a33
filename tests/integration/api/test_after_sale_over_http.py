"""Fulfilment and after-sale over HTTP on real servers: from the carrier's word to money that went back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.api.conftest import RealApi
from tests.support.api_world import ADDRESS

ONE = [{"line": 1, "quantity": 1}]


@pytest.fixture
def values(values: dict[str, Any], fresh_database: str) -> dict[str, Any]:
    """A database for each test: the fake provider numbers its events from 1, and the inbox keeps them."""
    return {**values, "database_url": fresh_database}


async def until(api: RealApi, order_id: str, **wanted: Any) -> dict[str, Any]:
    """The order as soon as it shows this."""
    async with asyncio.timeout(30):
        tag = '"0"'
        while True:
            answer = await api.http.get(f"/v1/orders/{order_id}?wait=5s", headers={"If-None-Match": tag})
            if answer.status_code == 304:
                continue
            shown: dict[str, Any] = answer.json()
            if all(shown.get(name) == value for name, value in wanted.items()):
                return shown
            tag = answer.headers["etag"]


async def planned(api: RealApi) -> dict[str, Any]:
    """A paid order whose parcel is booked."""
    order = await api.placed()
    await api.calls_back(order["payment_key"])
    async with asyncio.timeout(30):
        while True:
            shown = await until(api, order["id"], status="paid")
            if [part["status"] for part in shown["shipments"]] == ["booked"]:
                return shown
            await asyncio.sleep(0.05)


async def carried(api: RealApi, order: dict[str, Any], *words: str) -> None:
    """The carrier calls back about the order's parcel."""
    for word in words:
        fact = getattr(api.carrier, word)(order["shipments"][0]["id"])
        headers, body = api.carrier.signed(fact)
        answer = await api.http.post("/v1/carrier-callbacks/sandbox", content=body, headers=headers)
        assert answer.status_code == 204, answer.text


async def test_what_came_goes_back_and_its_money_too(real_api: RealApi):
    order = await planned(real_api)
    path = f"/v1/orders/{order['id']}"
    await carried(real_api, order, "hands_over", "delivers")
    await until(real_api, order["id"], status="completed")

    asked = await real_api.post(f"{path}/returns", {"lines": ONE, "reason": "damaged"}, "once")
    again = await real_api.post(f"{path}/returns", {"lines": ONE, "reason": "damaged"}, "once")
    back = asked.headers["location"]
    decided = await real_api.post(f"{back}/decision", {"approved": True})
    received = await real_api.post(f"{back}/receipt", {"lines": ONE})

    assert [answer.status_code for answer in (asked, decided, received)] == [201, 200, 200], received.text
    assert again.content == asked.content
    shown = await until(real_api, order["id"], payment_status="partially_refunded")
    assert [(refund["status"], refund["amount"]["amount"]) for refund in shown["refunds"]] == [
        ("done", 1_000)
    ]
    assert [case["status"] for case in shown["returns"]] == ["refunded"]


async def test_a_lost_parcel_is_paid_back_and_the_stream_tells_it(real_api: RealApi):
    order = await planned(real_api)
    await carried(real_api, order, "hands_over", "loses")
    shown = await until(real_api, order["id"], payment_status="refunded")

    stream = await real_api.http.get(
        f"/v1/orders/{order['id']}/events/stream", headers={"Last-Event-ID": str(order["version"])}
    )

    assert (shown["status"], shown["refunded"]) == ("cancelled", shown["total"])
    told = [line.removeprefix("event: ") for line in stream.text.splitlines() if line.startswith("event: ")]
    assert {"ShipmentHandedOver", "ShipmentLost", "RefundRequested", "PaymentRefunded"} <= set(told)
    assert told[-1] == "OrderCancelled"


async def test_goods_go_where_the_changed_address_says(real_api: RealApi):
    order = await planned(real_api)
    path = f"/v1/orders/{order['id']}/address"
    elsewhere = {**ADDRESS, "street": "2 Mill Lane"}

    stale = await real_api.http.put(path, json=elsewhere, headers={"If-Match": '"1"'})
    answer = await real_api.http.put(path, json=elsewhere, headers={"If-Match": f'"{order["version"]}"'})
    parcel = real_api.carrier.parcels[order["shipments"][0]["id"]]
    async with asyncio.timeout(15):
        while parcel.booking.address.street != "2 Mill Lane":  # noqa: ASYNC110 - the carrier is a fake
            await asyncio.sleep(0.05)

    assert (stale.status_code, answer.status_code) == (412, 200), answer.text
    assert answer.json()["address"]["street"] == "2 Mill Lane"


async def test_a_note_is_kept_and_refused_refunds_leave_no_trace(real_api: RealApi):
    order = await planned(real_api)
    path = f"/v1/orders/{order['id']}"

    noted = await real_api.post(f"{path}/notes", {"text": "ring twice"})
    refused = await real_api.post(f"{path}/refunds", {})

    assert (noted.status_code, refused.status_code) == (201, 409), refused.text
    notes = (await real_api.http.get(f"{path}/notes")).json()["items"]
    assert [note["text"] for note in notes] == ["ring twice"]
    assert (await real_api.http.get(f"{path}/refunds")).json() == {"items": []}
