"""What every outbox of alerts and notices promises, over memory and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

from adapters.memory.notices import MemoryNotices
from domain.ports.notices import Alert, AlertLevel, BuyerNotice
from tests.support.port_worlds import PortWorld

MISMATCH = Alert(
    "ord_1:amount", AlertLevel.HIGH, "amount_mismatch", "ord_1", (("expected", "2"), ("actual", "1"))
)
REFUNDED = BuyerNotice("ord_1:refunded", "buyer-1", "ord_1", "late_payment_refunded")


async def noticed(world: PortWorld) -> list[BuyerNotice]:
    if world.pool is None:
        assert isinstance(world.notices, MemoryNotices)
        return list(world.notices.buyer_notices)
    rows = await world.pool.fetch("SELECT key, buyer_id, order_id, code FROM buyer_notices ORDER BY number")
    return [BuyerNotice(**row) for row in rows]


async def test_an_alert_is_found_again_whole(world: PortWorld) -> None:
    await world.notices.raise_alert(MISMATCH)

    assert await world.notices.alerts(10) == (MISMATCH,)


async def test_the_same_alert_is_raised_once(world: PortWorld) -> None:
    await world.notices.raise_alert(MISMATCH)
    await world.notices.raise_alert(replace(MISMATCH, level=AlertLevel.MEDIUM))

    assert await world.notices.alerts(10) == (MISMATCH,)


async def test_the_newest_alerts_come_first(world: PortWorld) -> None:
    for number in range(4):
        await world.notices.raise_alert(replace(MISMATCH, key=f"alert-{number}", facts=()))

    assert [alert.key for alert in await world.notices.alerts(2)] == ["alert-3", "alert-2"]


async def test_the_buyer_is_told_once(world: PortWorld) -> None:
    await world.notices.notify_buyer(REFUNDED)
    await world.notices.notify_buyer(REFUNDED)

    assert await noticed(world) == [REFUNDED]
