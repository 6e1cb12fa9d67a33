"""An audit finds what a read model does not show, names it, and says nothing when nothing is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.projections import audit as auditing
from adapters.postgres.projections.audit import Completeness, audit
from adapters.postgres.projections.auditor import Auditor
from adapters.postgres.projections.registry import PROJECTIONS
from adapters.postgres.proposals import PostgresProposals
from domain.events import EventMetadata, EventRecord
from domain.ports.notices import Alert
from tests.integration.projections.shop import a_cart, project, returned, tell
from tests.support.builders import NOON
from tests.support.proposals import a_proposal, keep

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

EVERY = pytest.mark.parametrize("name", PROJECTIONS)
AT_ONCE = timedelta(microseconds=1)

# What somebody might do to a table behind our back, and under which name it is found in which stream.
PLANTS = {
    "a lost view": ("orders", "DELETE FROM order_views WHERE id = 'ord_3'", "missing", "ord_3"),
    "a lost summary": ("orders", "DELETE FROM order_summary WHERE id = 'ord_3'", "missing", "ord_3"),
    "an old view": ("orders", "UPDATE order_views SET version = 2 WHERE id = 'ord_3'", "behind", "ord_3"),
    "a view of the future": (
        "orders",
        "UPDATE order_views SET version = 99 WHERE id = 'ord_3'",
        "ahead",
        "ord_3",
    ),
    "a view of no order": (
        "orders",
        "UPDATE order_views SET id = 'ord_x' WHERE id = 'ord_3'",
        "stray",
        "ord_x",
    ),
    "a lost term": (
        "order_search",
        "DELETE FROM order_search WHERE order_id = 'ord_3' AND kind = 'sku' AND term = 'tea'",
        "rows",
        "ord_3",
    ),
    "a lost line": (
        "settlement_lines",
        "DELETE FROM settlement_lines WHERE order_id = 'ord_3' AND line = 2",
        "rows",
        "ord_3",
    ),
    "lost lines": (
        "settlement_lines",
        "DELETE FROM settlement_lines WHERE order_id = 'ord_3'",
        "missing",
        "ord_3",
    ),
    "a part that was never added": (
        "stock_board",
        "DELETE FROM stock_parts WHERE order_id = 'ord_3'",
        "missing",
        "ord_3",
    ),
    "a wrong sum": ("stock_board", "UPDATE stock_board SET delivered = delivered + 1", "sum", "mug"),
    "a lost sum": (
        "sales_daily",
        "DELETE FROM sales_daily WHERE merchant_id = 'shop-9'",
        "sum",
        "shop-9 2026-01-05 CNY",
    ),
    "a lost step": (
        "price_audit",
        "DELETE FROM price_audit WHERE step = 2",
        "rows",
        "price:prp_1",
    ),
}


class AlertLog:
    def __init__(self) -> None:
        self.alerts: list[Alert] = []

    async def raise_alert(self, alert: Alert) -> None:
        self.alerts.append(alert)


async def a_shop(pool: Pool) -> None:
    await tell(pool, *(returned(f"ord_{number}") for number in range(6)), a_cart("ord_9").created())
    await keep(PostgresProposals(pool), a_proposal().submitted().approved())


def found(result: Completeness) -> list[tuple[str, str]]:
    return [(missing.wrong, missing.stream_id) for missing in result.missing]


@EVERY
async def test_a_complete_read_model_is_found_complete_event_by_event(pool: Pool, name: str) -> None:
    await a_shop(pool)
    await project(pool, name)

    result = await audit(pool, PROJECTIONS[name])

    (stretch,) = result.stretches
    mine = "order_id LIKE 'price:%'" if name == "price_audit" else "order_id NOT LIKE 'price:%'"
    events = await pool.fetchval(f"SELECT count(*) FROM order_events WHERE {mine}")
    assert result.missing == ()
    assert (stretch.events, stretch.shown) == (events, events)


@pytest.mark.parametrize("plant", PLANTS)
async def test_one_run_finds_what_was_planted(pool: Pool, plant: str) -> None:
    name, damage, wrong, stream = PLANTS[plant]
    await a_shop(pool)
    await project(pool, name)
    await pool.execute(damage)

    result = await audit(pool, PROJECTIONS[name])

    assert (wrong, stream) in found(result)


@pytest.mark.parametrize("plant", PLANTS)
async def test_one_run_in_the_background_finds_it_and_raises_an_alert(pool: Pool, plant: str) -> None:
    name, damage, _, stream = PLANTS[plant]
    await a_shop(pool)
    await project(pool)
    await pool.execute(damage)
    log = AlertLog()

    await Auditor(pool, log, every=AT_ONCE).look()  # type: ignore[arg-type]

    assert stream in {alert.order_id for alert in log.alerts}
    assert {alert.code for alert in log.alerts} == {"projection_incomplete"}
    assert await pool.fetchval("SELECT missing FROM projection_audits WHERE name = $1", name) > 0


async def test_the_background_goes_round_in_stretches_and_begins_again(pool: Pool) -> None:
    await a_shop(pool)
    await project(pool, "orders")
    newest = await pool.fetchval("SELECT position FROM projection_checkpoints")
    auditor = Auditor(pool, AlertLog(), every=AT_ONCE, positions=newest // 2)  # type: ignore[arg-type]

    looks = [(await auditor.look())[0].stretches[0] for _ in range(4)]

    assert [(look.since, look.until) for look in looks[:2]] == [
        (0, newest // 2),
        (newest // 2, newest // 2 * 2),
    ]
    assert looks[-1].since == 0 or looks[-2].since == 0


async def test_of_two_projectors_one_audits(pool: Pool) -> None:
    await a_shop(pool)
    first, second = (Auditor(pool, AlertLog()) for _ in range(2))  # type: ignore[arg-type]

    looks = (len(await first.look()), len(await second.look()))

    assert looks == (len(PROJECTIONS), 0)


async def test_what_is_not_projected_yet_is_not_missing(pool: Pool) -> None:
    await a_shop(pool)
    await project(pool, "orders")
    await tell(pool, a_cart("ord_new").paid())

    assert (await audit(pool, PROJECTIONS["orders"])).missing == ()


async def test_a_parked_stream_is_not_missing(pool: Pool) -> None:
    await a_shop(pool)
    nonsense = EventRecord("OrderTeleported", 1, {"where": "moon"}, NOON)
    await PostgresEventStore(pool).append("ord_bad", 0, "nonsense", [nonsense], EventMetadata())
    await project(pool, "orders")

    assert (await audit(pool, PROJECTIONS["orders"])).missing == ()


async def test_short_stretches_find_the_same(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auditing, "STRETCH", 10)
    await a_shop(pool)
    await project(pool, "orders")
    await pool.execute("DELETE FROM order_summary WHERE id = 'ord_3'")
    heard: list[tuple[int, int]] = []

    result = await audit(pool, PROJECTIONS["orders"], lambda *told: heard.append(told))

    assert set(found(result)) == {("missing", "ord_3")}
    assert len(result.stretches) == len(heard) > 5
    assert heard[-1][0] == heard[-1][1]
