"""The audit answers from an index, however many events there are: the plans say so, and so do the pages."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from adapters.postgres.audit import QUERIES, PostgresAuditTrail, values_for
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.pool import open_pool
from benchmarks.audit import fill
from domain.events import EventMetadata
from domain.ports.audit import AuditSubject
from domain.review.encoding import encode
from tests.support.builders import an_order
from tests.support.proposals import a_proposal, some_prices

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

ORDERS = 5_000
ASKED = {
    AuditSubject.ORDER: "ord_asked",
    AuditSubject.REFUND: "ref_pay_ord_asked_1",
    AuditSubject.PRICE: "mug-asked",
}
# 40,000 events lie on more than a thousand pages; an answer reads a path in an index, and its rows.
MOST_PAGES = 50


@pytest.fixture
async def filled(fresh_database: str) -> AsyncIterator[Pool]:
    pool = await open_pool(fresh_database, application="test")
    await fill(pool, ORDERS)
    events = PostgresEventStore(pool)
    order = an_order("ord_asked").paid().cancelled().refunded()
    price = a_proposal(some_prices(sku="mug-asked")).submitted().approved()
    await events.append("ord_asked", 0, "all", order.records, EventMetadata())
    records = [encode(event) for event in price.events]
    await events.append("price:asked", 0, "all", records, EventMetadata())
    yield pool
    await pool.close()


async def plan_of(pool: Pool, subject: AuditSubject, mode: str) -> dict[str, Any]:
    values = values_for(subject, ASKED[subject])
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {QUERIES[subject]}"
    async with pool.acquire() as session:
        await session.execute(f"SET plan_cache_mode = {mode}")
        (row,) = await session.fetch(explain, 0, 100, *values)
    found: dict[str, Any] = json.loads(row[0])[0]["Plan"]
    return found


def nodes_of(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes_of(part)


@pytest.mark.parametrize("mode", ["force_custom_plan", "force_generic_plan"])
async def test_every_answer_is_one_look_into_an_index_and_no_table_is_read_through(
    filled: Pool, mode: str
) -> None:
    looks = {
        AuditSubject.ORDER: ["order_events_pkey"],
        AuditSubject.REFUND: ["order_events_of_refund"],
        # The proposals that speak of the SKU, by either path, and then each of their streams by its key.
        AuditSubject.PRICE: ["order_events_of_goods", "order_events_of_goods", "order_events_pkey"],
    }
    trail = PostgresAuditTrail(filled)

    for subject, indexes in looks.items():
        plan = await plan_of(filled, subject, mode)
        nodes = list(nodes_of(plan))
        assert [node for node in nodes if node["Node Type"] == "Seq Scan"] == [], subject
        assert sorted(node["Index Name"] for node in nodes if "Index Name" in node) == indexes
        assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] <= MOST_PAGES, subject
        assert plan["Actual Rows"] == len(await trail.of(subject, ASKED[subject])) > 1
