"""What a provider's report of moved money promises, whichever provider draws it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import PaymentOutcomeUnknownError, ReportLine
from tests.contract.gateway_worlds import GatewayWorld, a_refund, authorised, paid
from tests.support.fake_gateway import Operation, Trouble

MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def world(gateway_world: GatewayWorld) -> GatewayWorld:
    return gateway_world


def line(fact: PaymentFact) -> ReportLine:
    return ReportLine(
        fact.provider, fact.payment_key, fact.kind, fact.amount, fact.occurred_at, fact.refund_key
    )


async def reported(world: GatewayWorld, *keys: str) -> Sequence[ReportLine]:
    """The lines of some payments, of the last minute."""
    now = datetime.now(UTC)
    lines = await world.reports.report(now - timedelta(minutes=1), now + timedelta(minutes=1))
    return [line for line in lines if line.payment_key in keys]


async def test_the_report_has_every_movement_of_money_and_nothing_else(world: GatewayWorld):
    captured, let_go = await authorised(world), await authorised(world)
    await world.gateway.capture_payment(captured.key, Money(15_000, "GBP"))
    await world.gateway.cancel_payment(let_go.key)
    await world.gateway.refund_payment(a_refund(captured, pounds=20))
    await world.refunded_at_provider(captured.key, Money(1_000, "GBP"))
    await world.charge_back(captured.key)
    moved = [
        line(fact)
        for fact in await world.gateway.query_payment(captured.key)
        if fact.kind is not FactKind.AUTHORISED
    ]
    assert [(each.kind, each.amount.amount) for each in moved] == [
        (FactKind.CAPTURED, 15_000),
        (FactKind.REFUNDED, 2_000),
        (FactKind.REFUNDED, 1_000),
        (FactKind.CHARGED_BACK, 12_000),
    ]
    assert await reported(world, captured.key, let_go.key) == moved


async def test_a_report_begins_with_its_first_instant_and_ends_before_its_last(world: GatewayWorld):
    request = await paid(world)
    at = (await world.gateway.query_payment(request.key))[-1].occurred_at

    async def found(since: datetime, until: datetime) -> bool:
        lines = await world.reports.report(since, until)
        return any(line.payment_key == request.key for line in lines)

    assert await found(at, at + MOMENT)
    assert not await found(at - MOMENT, at)
    assert not await found(at + MOMENT, at + 2 * MOMENT)
    assert not await found(at + timedelta(microseconds=1), at + MOMENT)


async def test_the_report_tells_the_oldest_first(world: GatewayWorld):
    first, second = await paid(world), await paid(world)
    await world.gateway.refund_payment(a_refund(first, pounds=1))
    lines = await reported(world, first.key, second.key)
    assert len(lines) == 3
    assert [line.occurred_at for line in lines] == sorted(line.occurred_at for line in lines)


async def test_a_provider_that_is_away_gives_no_report(world: GatewayWorld):
    await world.trouble(Operation.REPORT, Trouble.UNAVAILABLE)
    now = datetime.now(UTC)
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.reports.report(now - timedelta(minutes=1), now)
