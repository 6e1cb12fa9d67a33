"""A shop whose completed orders are settled on a real PostgreSQL."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from activities.settlement import SettlementActivities
from adapters.postgres.events import PostgresEventStore
from domain.events import EventMetadata
from domain.order.encoding import encode
from domain.order.events import OrderEvent
from domain.pricing.request import Scene
from domain.pricing.snapshot import PriceSnapshot
from domain.settlement.parties import merchant
from domain.settlement.statement import Account
from tests.integration.settlement.till import settlement_desk
from tests.unit.settlement.baskets import breakdown_of, goods
from tests.unit.settlement.stories import NOON, completed, lines

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

DAY = timedelta(days=1)
SOLD = lines(("tea", 2, 1_000), ("cup", 1, 3_000))
TEA, CUP = Account(merchant("tea"), "CNY"), Account(merchant("cup"), "CNY")
SNAPSHOT = PriceSnapshot(
    id="snap_1",
    scene=Scene.CHECKOUT,
    buyer_id=None,
    lines=SOLD,
    breakdown=breakdown_of(goods(2_000, 3_000)),
    rule_version="r1",
    created_at=NOON,
    expires_at=NOON + timedelta(minutes=15),
)


class Shop:
    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.desk = settlement_desk(pool)
        self.chores = SettlementActivities(self.desk)

    async def tells(self, order_id: str, *events: OrderEvent) -> None:
        store = PostgresEventStore(self.pool)
        head = await store.head(order_id)
        await store.append(
            order_id, head, f"test-{head}", [encode(event) for event in events], EventMetadata()
        )

    async def completes(self, order_id: str = "ord_1", **placed) -> None:
        await self.tells(order_id, *completed(sold=SOLD, order_id=order_id, **placed))

    async def stated(self, account: Account, now) -> list[tuple[str, str]]:
        await self.chores.draw_statements(now)
        found = []
        for summary in reversed((await self.desk.statements.list(account.party, limit=100)).statements):
            made = await self.desk.statements.get(summary.id)
            assert made is not None
            found += [(made.period.name, f"{entry.order_id} {entry.key}") for entry in made.entries]
        return found
