"""Authorised first, captured or let go later: what every payment gateway promises about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.money import Money
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind
from domain.ports.payments import PaymentOutcomeUnknownError, PaymentRefusedByProviderError
from tests.contract.gateway_worlds import GatewayWorld, a_refund, a_request, authorised, kinds, paid
from tests.support.fake_gateway import Operation, Trouble


@pytest.fixture
def world(gateway_world: GatewayWorld) -> GatewayWorld:
    return gateway_world


async def test_with_manual_capture_paying_only_authorises(world: GatewayWorld):
    request = await authorised(world)
    facts = await world.gateway.query_payment(request.key)
    assert [(fact.kind, fact.amount) for fact in facts] == [(FactKind.AUTHORISED, request.amount)]
    assert await world.buyer_pays(request.key)
    assert await kinds(world, request.key) == [FactKind.AUTHORISED]


async def test_the_mode_of_capture_belongs_to_the_key(world: GatewayWorld):
    request = a_request(capture=CaptureMode.MANUAL)
    await world.gateway.request_payment(request)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.request_payment(replace(request, capture=CaptureMode.AUTOMATIC))


@pytest.mark.parametrize("pounds", [199, 150])
async def test_captured_is_what_was_asked_up_to_what_was_authorised(world: GatewayWorld, pounds: int):
    request = await authorised(world, pounds=199)
    facts = await world.gateway.capture_payment(request.key, Money(pounds * 100, "GBP"))
    assert [(fact.kind, fact.amount) for fact in facts] == [
        (FactKind.AUTHORISED, request.amount),
        (FactKind.CAPTURED, Money(pounds * 100, "GBP")),
    ]
    assert await world.gateway.query_payment(request.key) == facts


async def test_capturing_twice_is_capturing_once(world: GatewayWorld):
    request = await authorised(world)
    facts = await world.gateway.capture_payment(request.key, request.amount)
    assert await world.gateway.capture_payment(request.key, request.amount) == facts


async def test_another_amount_is_never_taken_on_top(world: GatewayWorld):
    request = await authorised(world, pounds=199)
    facts = await world.gateway.capture_payment(request.key, Money(10_000, "GBP"))
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.capture_payment(request.key, Money(9_900, "GBP"))
    assert await world.gateway.query_payment(request.key) == facts


@pytest.mark.parametrize("asked", [Money(19_901, "GBP"), Money(19_900, "EUR")])
async def test_what_was_not_authorised_cannot_be_captured(world: GatewayWorld, asked: Money):
    request = await authorised(world, pounds=199)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.capture_payment(request.key, asked)
    assert await kinds(world, request.key) == [FactKind.AUTHORISED]


async def test_nothing_can_be_captured_before_the_buyer_has_paid(world: GatewayWorld):
    request = a_request(capture=CaptureMode.MANUAL)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.capture_payment(request.key, request.amount)
    await world.gateway.request_payment(request)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.capture_payment(request.key, request.amount)
    assert await kinds(world, request.key) == []


async def test_a_payment_captured_by_itself_needs_no_other_capture(world: GatewayWorld):
    request = await paid(world)
    facts = await world.gateway.capture_payment(request.key, request.amount)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_authorised_money_is_let_go_by_cancelling(world: GatewayWorld):
    request = await authorised(world)
    facts = await world.gateway.cancel_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CANCELLED]
    assert await world.gateway.cancel_payment(request.key) == facts
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.capture_payment(request.key, request.amount)
    assert not await world.buyer_pays(request.key)


async def test_what_was_taken_stays_taken_when_cancelling_comes_too_late(world: GatewayWorld):
    request = await authorised(world)
    facts = await world.gateway.capture_payment(request.key, request.amount)
    assert await world.gateway.cancel_payment(request.key) == facts


async def test_an_authorisation_that_ended_by_itself_takes_no_money_any_more(world: GatewayWorld):
    request = await authorised(world)
    await world.authorisation_ends(request.key)
    assert await kinds(world, request.key) == [FactKind.AUTHORISED, FactKind.CANCELLED]
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.capture_payment(request.key, request.amount)


async def test_only_what_was_captured_can_be_refunded(world: GatewayWorld):
    request = await authorised(world, pounds=199)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=1))
    await world.gateway.capture_payment(request.key, Money(10_000, "GBP"))
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=101))
    await world.gateway.refund_payment(a_refund(request, pounds=100))


@pytest.mark.parametrize(
    ("trouble", "taken_already"), [(Trouble.UNAVAILABLE, 0), (Trouble.EXECUTED_THEN_TIMEOUT, 1)]
)
async def test_a_capture_of_unknown_outcome_takes_money_once(
    world: GatewayWorld, trouble: Trouble, taken_already: int
):
    request = await authorised(world)
    await world.trouble(Operation.CAPTURE, trouble)
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.gateway.capture_payment(request.key, request.amount)
    assert (await kinds(world, request.key)).count(FactKind.CAPTURED) == taken_already
    await world.gateway.capture_payment(request.key, request.amount)
    assert (await kinds(world, request.key)).count(FactKind.CAPTURED) == 1


async def test_a_refused_capture_leaves_the_money_authorised(world: GatewayWorld):
    request = await authorised(world)
    await world.trouble(Operation.CAPTURE, Trouble.REFUSED)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.capture_payment(request.key, request.amount)
    assert await kinds(world, request.key) == [FactKind.AUTHORISED]
    facts = await world.gateway.cancel_payment(request.key)
    assert facts[-1].kind is FactKind.CANCELLED
