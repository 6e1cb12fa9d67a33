"""A buyer who was erased can be read nowhere any more, and before that only by whoever is allowed to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis
from temporalio.client import Client

from activities.erasure_desk import ErasureDesk
from activities.histories import Histories
from adapters.postgres.aggregate_snapshots import PostgresAggregateSnapshots
from adapters.postgres.feed import PostgresEventFeed
from adapters.postgres.pool import open_pool
from adapters.postgres.projections.registry import PROJECTIONS
from adapters.postgres.projections.runner import ProjectionRunner
from domain.history.aggregates import ORDER
from ops.servers import Servers
from ops.verify.running import verify
from tests.integration.api import everything_kept
from tests.integration.api.conftest import RealApi
from tests.integration.api.test_after_sale_over_http import ONE, carried, planned, until

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

HOME = {"street": "77 Quagmire Crescent", "city": "Zyxburgh", "zip_code": "ZX9 9QQ", "country": "GB"}
ELSEWHERE = {"street": "8 Ünderpass Rise", "city": "Wobbleton", "zip_code": "WB1 1QQ", "country": "GB"}
WORDS = ("Quagmire", "Zyxburgh", "ZX9 9QQ", "Ünderpass", "Wobbleton", "WB1 1QQ", "Xantippe", "Ypsilanti")


@dataclass
class Everything:
    """The shop, and all the places where it keeps something."""

    api: RealApi
    pool: Pool
    redis: Redis
    temporal: Client
    servers: Servers
    caplog: pytest.LogCaptureFixture
    buyer_id: str
    database_url: str

    async def kept(self, *order_ids: str) -> dict[str, bytes]:
        return {
            **await everything_kept.tables(self.pool),
            **await everything_kept.cache(self.redis),
            **await everything_kept.histories(self.temporal, order_ids),
            **everything_kept.logs(self.servers.folder.path),
            "our own log": self.caplog.text.encode(),
        }

    async def project(self) -> None:
        for name, projection in PROJECTIONS.items():
            runner = ProjectionRunner(self.pool, PostgresEventFeed(self.pool), name, projection=projection)
            while await runner.step():
                pass

    async def takes_a_snapshot_of(self, order_id: str) -> None:
        histories = Histories(ORDER, self.api.ports.events, PostgresAggregateSnapshots(self.pool))
        told = await histories.current(order_id)
        assert told is not None
        await histories.keep(told)

    async def erase(self, *, even_with_open_orders: bool = False) -> None:
        ports = self.api.ports
        histories = Histories(ORDER, ports.events, ports.aggregate_snapshots)
        desk = ErasureDesk(ports.personal, histories, ports.intake, ports.views, ports.cache)
        await desk.erase(
            self.buyer_id,
            by="operator",
            at=ports.clock.now(),
            even_with_open_orders=even_with_open_orders,
        )

    async def wrong(self) -> dict[str, list[str]]:
        return {tally.name: tally.shown for tally in await verify(self.database_url) if tally.wrong}


@pytest.fixture
def values(values: dict[str, Any], fresh_database: str) -> dict[str, Any]:
    return {**values, "database_url": fresh_database}


@pytest.fixture
async def everything(
    real_api: RealApi,
    values: dict[str, Any],
    servers: Servers,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Everything]:
    caplog.set_level(logging.DEBUG)
    buyer_id = f"buyer-{uuid4().hex}"

    async def order_body() -> dict[str, Any]:
        lines = [{"sku": "mug", "quantity": 2}]
        quote = {"scene": "checkout", "currency": "CNY", "buyer_id": buyer_id, "lines": lines}
        made = await real_api.http.post("/v1/quotes", json=quote)
        return {"buyer_id": buyer_id, "snapshot_id": made.json()["id"], "lines": lines, "address": HOME}

    monkeypatch.setattr(real_api, "order_body", order_body)
    pool = await open_pool(values["database_url"], application="test")
    redis = Redis.from_url(values["redis_url"])
    temporal = await Client.connect(values["temporal_address"])
    url = values["database_url"]
    try:
        yield Everything(real_api, pool, redis, temporal, servers, caplog, buyer_id, url)
    finally:
        await redis.aclose()
        await pool.close()


async def test_nobody_reads_an_erased_buyer_anywhere(everything: Everything):
    api = everything.api
    order = await planned(api)
    path = f"/v1/orders/{order['id']}"
    tag = {"If-Match": f'"{order["version"]}"'}
    moved = await api.http.put(f"{path}/address", json=ELSEWHERE, headers=tag)
    assert moved.status_code == 200, moved.text
    assert (await api.post(f"{path}/notes", {"text": "Xantippe called."}, "note")).status_code == 201
    await carried(api, order, "hands_over", "delivers")
    await until(api, order["id"], status="completed")
    asked = await api.post(f"{path}/returns", {"lines": ONE, "reason": "damaged"})
    said = {"approved": True, "goods_back": False, "comment": "Tell Ypsilanti"}
    decided = await api.post(f"{asked.headers['location']}/decision", said)
    assert decided.status_code == 200, decided.text
    shown = await until(api, order["id"], payment_status="partially_refunded")
    await everything.takes_a_snapshot_of(order["id"])
    await everything.project()

    before = await everything.kept(order["id"])
    booked = api.carrier.parcels[order["shipments"][0]["id"]].booking.address
    assert shown["address"] == {**ELSEWHERE, "erased": False}
    assert booked.city in {"Zyxburgh", "Wobbleton"}
    assert everything_kept.speaking_of(WORDS, before) == []
    # The search sees what is there: the same places do speak of the buyer by id, and hold seals.
    places = " ".join(everything_kept.speaking_of([everything.buyer_id, "sealed:1:"], before))
    for place in ("order_events", "order_intake", "order_views", "aggregate_snapshots", "history", "valkey"):
        assert place in places

    await everything.erase()

    await everything.project()
    after = await everything.kept(order["id"])
    assert everything_kept.speaking_of(WORDS, after) == []
    assert everything_kept.speaking_of([order["id"]], {"c": after.get("valkey order", b"")}) == []
    read = (await api.http.get(path)).json()
    assert (read["address"]["street"], read["address"]["erased"]) == (None, True)
    for name in ("total", "captured", "refunded", "status", "payment_status", "lines", "refunds", "version"):
        assert read[name] == shown[name]
    assert (await api.http.get(f"{path}/notes")).json()["items"][0]["text"] is None
    again = await api.post(f"{path}/notes", {"text": "Xantippe called."}, "note")
    assert again.status_code == 409
    assert (await api.post("/v1/orders", await api.order_body())).json()["code"] == "buyer_erased"
    assert await everything.wrong() == {}


async def test_a_parcel_of_an_erased_buyer_is_refused_once_and_its_money_goes_back(everything: Everything):
    api = everything.api
    order = await api.placed()
    await everything.project()
    waiting = await api.http.delete(f"/v1/buyers/{everything.buyer_id}/personal-data")
    assert (waiting.json()["code"], waiting.json()["orders"]) == ("goods_to_be_sent", [order["id"]])

    await everything.erase(even_with_open_orders=True)
    await asyncio.sleep(2.1)  # by then it counts in every process, the worker's too
    await api.calls_back(order["payment_key"])

    ended = await until(api, order["id"], status="cancelled", payment_status="refunded")
    assert ended["refunded"] == ended["total"]
    assert [parcel["status"] for parcel in ended["shipments"]] == ["cancelled"]
    assert api.carrier.parcels == {}
    alerts = await api.ports.notices.alerts(100)
    assert [alert.code for alert in alerts if alert.order_id == order["id"]] == ["shipment_refused"]
    await everything.project()
    assert await everything.wrong() == {}
