"""What every audit trail promises: who, when, why and caused by what, of an order, a refund and a price."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import count

import pytest

from adapters.memory.audit import MemoryAuditTrail
from adapters.memory.events import MemoryEventStore
from adapters.postgres.audit import PostgresAuditTrail
from adapters.postgres.events import PostgresEventStore
from adapters.postgres.pool import open_pool
from domain.events import EventMetadata, EventRecord
from domain.ports.audit import AuditEntry, AuditSubject, AuditTrail
from domain.ports.events import EventStore
from domain.review.encoding import encode
from tests.support.builders import NOON, OrderBuilder, an_order, cny
from tests.support.proposals import ProposalStory, a_promotion, a_proposal, some_prices

_numbers = count(1)


@dataclass
class Trail:
    """A trail, the store that it looks at, and a name that no other test uses."""

    audit: AuditTrail
    events: EventStore
    name: str

    async def happened(self, story: OrderBuilder) -> None:
        """Append a story, one command for each event, each by a step of its own."""
        for version, record in enumerate(story.records):
            await self._append(story.order_id, version, record, "buyer-1")

    async def proposed(self, proposal_id: str, story: ProposalStory) -> None:
        """The same for a proposal."""
        for version, event in enumerate(story.events):
            await self._append(f"price:{proposal_id}", version, encode(event), event.by)

    async def _append(self, stream: str, version: int, record: EventRecord, actor: str) -> None:
        metadata = EventMetadata(
            correlation_id=f"req-{stream}",
            causation_id=f"step-{version}",
            actor=actor,
            workflow_id=f"order:{stream}",
            run_id="run-1",
            trace_id="trace-1",
        )
        await self.events.append(stream, version, f"step-{version}", [record], metadata)


@pytest.fixture(params=["memory", "postgres"])
async def trail(request: pytest.FixtureRequest) -> AsyncIterator[Trail]:
    name = f"a{next(_numbers)}"
    if request.param == "memory":
        events = MemoryEventStore()
        yield Trail(MemoryAuditTrail(events), events, name)
        return
    pool = await open_pool(request.getfixturevalue("contract_database"), application="test")
    yield Trail(PostgresAuditTrail(pool), PostgresEventStore(pool), name)
    await pool.close()


async def test_an_order_tells_who_when_why_and_what_caused_it(trail: Trail) -> None:
    story = an_order(f"ord_{trail.name}").paid().cancelled()
    await trail.happened(story)

    entries = await trail.audit.of(AuditSubject.ORDER, story.order_id)

    assert [entry.what for entry in entries] == [type(event).__name__ for event in story.events]
    assert [entry.version for entry in entries] == list(range(1, len(story.events) + 1))
    paid = entries[3]
    assert (paid.what, paid.change) == (
        "PaymentConfirmed",
        f"amount 1000 CNY, payment key pay_{story.order_id}_1",
    )
    assert (paid.who, paid.why, paid.caused_by) == ("buyer-1", "step-3", f"req-{story.order_id}")
    assert (paid.workflow_id, paid.run_id, paid.trace_id) == (f"order:{story.order_id}", "run-1", "trace-1")
    assert NOON < paid.occurred_at < NOON + timedelta(minutes=1)
    assert paid.position > entries[2].position
    assert paid.recorded_at >= entries[2].recorded_at


@pytest.mark.parametrize("subject", AuditSubject)
async def test_a_trail_is_read_on_from_where_it_was_left(trail: Trail, subject: AuditSubject) -> None:
    story = an_order(f"ord_{trail.name}").paid().cancelled().refunded()
    await trail.happened(story)
    await trail.proposed(f"prp_{trail.name}", a_proposal(some_prices(800, f"mug-{trail.name}")).submitted())
    name = {
        AuditSubject.ORDER: story.order_id,
        AuditSubject.REFUND: story.order.refunds[0].key,
        AuditSubject.PRICE: f"mug-{trail.name}",
    }[subject]
    whole = await trail.audit.of(subject, name)

    read: list[AuditEntry] = []
    after = 0
    while page := await trail.audit.of(subject, name, 1, after=after):
        read += page
        after = page[-1].position

    assert len(whole) > 1
    assert read == list(whole)


async def test_a_refund_tells_who_asked_for_it_and_when_it_was_done(trail: Trail) -> None:
    story = an_order(f"ord_{trail.name}").with_line("mug", 2, cny(500)).paid().planned().arrived()
    story.units_paid_back((1, 1))
    key = story.order.refunds[-1].key
    await trail.happened(story.refunded(cny(500), key))
    await trail.happened(an_order(f"ord_{trail.name}_other").paid().cancelled().refunded())

    entries = await trail.audit.of(AuditSubject.REFUND, key)

    assert [entry.what for entry in entries] == ["RefundRequested", "PaymentRefunded"]
    assert {entry.stream_id for entry in entries} == {story.order_id}
    assert entries[0].change.startswith("amount 500 CNY")


async def test_a_price_tells_every_step_that_led_to_it(trail: Trail) -> None:
    sku = f"mug-{trail.name}"
    one = a_proposal(some_prices(800, sku)).submitted().approved().activated()
    await trail.proposed(f"prp_{trail.name}_1", one)
    await trail.proposed(f"prp_{trail.name}_2", a_proposal(some_prices(700, sku)).withdrawn())
    await trail.proposed(f"prp_{trail.name}_3", a_proposal(some_prices(600, f"{sku}-xl")).submitted())

    entries = await trail.audit.of(AuditSubject.PRICE, sku)

    assert [(entry.stream_id[-1], entry.what) for entry in entries] == [
        ("1", "ProposalDrafted"),
        ("1", "ProposalSubmitted"),
        ("1", "ProposalApproved"),
        ("1", "ProposalActivated"),
        ("2", "ProposalDrafted"),
        ("2", "ProposalWithdrawn"),
    ]
    assert entries[0].change.startswith(f"price of {sku}: 800 CNY")
    assert [entry.who for entry in entries[:4]] == [event.by for event in one.events]


async def test_a_price_is_also_what_a_promotion_of_these_goods_makes_of_it(trail: Trail) -> None:
    sku = f"cup-{trail.name}"
    await trail.proposed(f"prp_{trail.name}", a_proposal(a_promotion(skus=frozenset({sku, "mug"}))))

    (drafted,) = await trail.audit.of(AuditSubject.PRICE, sku)

    assert sku in drafted.change


async def test_a_price_that_was_edited_away_from_these_goods_still_tells(trail: Trail) -> None:
    sku = f"pot-{trail.name}"
    story = a_proposal(some_prices(800, sku)).edited(some_prices(800, "other"))
    await trail.proposed(f"prp_{trail.name}", story)

    entries = await trail.audit.of(AuditSubject.PRICE, sku)

    assert [entry.what for entry in entries] == ["ProposalDrafted", "ProposalEdited"]


async def test_the_stream_of_a_proposal_is_no_order(trail: Trail) -> None:
    await trail.proposed(f"prp_{trail.name}", a_proposal())

    assert list(await trail.audit.of(AuditSubject.ORDER, f"price:prp_{trail.name}")) == []


@pytest.mark.parametrize("subject", AuditSubject)
async def test_what_nobody_ever_heard_of_has_no_trail(trail: Trail, subject: AuditSubject) -> None:
    await trail.happened(an_order(f"ord_{trail.name}").paid().cancelled().refunded())

    assert list(await trail.audit.of(subject, f"nobody-{trail.name}")) == []
    assert list(await trail.audit.of(subject, "")) == []


async def test_the_oldest_come_first_and_no_more_than_asked_for(trail: Trail) -> None:
    story = an_order(f"ord_{trail.name}").paid().cancelled()
    await trail.happened(story)

    entries = await trail.audit.of(AuditSubject.ORDER, story.order_id, limit=2)

    assert [entry.version for entry in entries] == [1, 2]
