"""What every payment gateway promises, over the fake and over the real provider on loopback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from domain.money import Money
from domain.payment.facts import FactKind
from domain.payment.outcome import AttemptState, judge_attempt
from domain.ports.payments import (
    CallbackRejectedError,
    PaymentOutcomeUnknownError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    RefundRequest,
    RefundState,
)
from tests.contract.gateway_worlds import GatewayWorld, a_refund, a_request, kinds, paid
from tests.support.fake_gateway import Operation, Trouble


@pytest.fixture
def world(gateway_world: GatewayWorld) -> GatewayWorld:
    return gateway_world


async def test_asking_twice_with_one_key_opens_one_payment(world: GatewayWorld):
    request = a_request()
    first = await world.gateway.request_payment(request)
    assert await world.gateway.request_payment(request) == first
    assert first.key == request.key
    assert first.provider_ref in first.pay_url


async def test_a_key_cannot_be_used_for_another_amount(world: GatewayWorld):
    request = a_request(pounds=199)
    await world.gateway.request_payment(request)
    other = PaymentRequest(
        request.key, request.order_id, request.order_number, Money(1, "GBP"), request.expires_at
    )
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.request_payment(other)


async def test_nothing_cannot_be_paid(world: GatewayWorld):
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.request_payment(a_request(pounds=0))


async def test_of_a_key_it_never_heard_of_the_provider_knows_nothing(world: GatewayWorld):
    assert await world.gateway.query_payment("ord_never:heard-of") == ()
    assert await world.gateway.cancel_payment("ord_never:heard-of") == ()


async def test_a_paid_payment_was_authorised_and_then_captured_in_full(world: GatewayWorld):
    request = await paid(world)
    facts = await world.gateway.query_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CAPTURED]
    assert {fact.amount for fact in facts} == {request.amount}
    assert {(fact.provider, fact.payment_key) for fact in facts} == {(world.gateway.provider, request.key)}
    assert facts[0].occurred_at < facts[1].occurred_at
    assert judge_attempt(request.amount, facts).state is AttemptState.CAPTURED


async def test_paying_twice_charges_once(world: GatewayWorld):
    request = await paid(world)
    assert await world.buyer_pays(request.key)
    assert await kinds(world, request.key) == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_a_declined_payment_failed_and_takes_no_money_any_more(world: GatewayWorld):
    request = a_request()
    await world.gateway.request_payment(request)
    await world.buyer_declines(request.key)
    assert not await world.buyer_pays(request.key)
    assert await kinds(world, request.key) == [FactKind.FAILED]


async def test_an_expired_payment_takes_no_money(world: GatewayWorld):
    request = a_request(lasting=timedelta(0))
    await world.gateway.request_payment(request)
    assert not await world.buyer_pays(request.key)
    assert await kinds(world, request.key) == []


async def test_a_cancelled_payment_takes_no_money(world: GatewayWorld):
    request = a_request()
    await world.gateway.request_payment(request)
    facts = await world.gateway.cancel_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.CANCELLED]
    assert not await world.buyer_pays(request.key)
    assert await world.gateway.query_payment(request.key) == facts


async def test_cancelling_twice_is_cancelling_once(world: GatewayWorld):
    request = a_request()
    await world.gateway.request_payment(request)
    assert await world.gateway.cancel_payment(request.key) == await world.gateway.cancel_payment(request.key)


async def test_cancelling_too_late_tells_that_it_was_paid(world: GatewayWorld):
    request = await paid(world)
    facts = await world.gateway.cancel_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_a_refund_is_given_once_for_each_key(world: GatewayWorld):
    request = await paid(world)
    refund = a_refund(request, pounds=199)
    first = await world.gateway.refund_payment(refund)
    assert await world.gateway.refund_payment(refund) == first
    assert (first.key, first.amount, first.state) == (refund.key, refund.amount, RefundState.DONE)
    given = [f for f in await world.gateway.query_payment(request.key) if f.kind is FactKind.REFUNDED]
    assert [(fact.refund_key, fact.amount) for fact in given] == [(refund.key, refund.amount)]


async def test_two_equal_refunds_with_two_keys_both_count(world: GatewayWorld):
    request = await paid(world, pounds=100)
    await world.gateway.refund_payment(a_refund(request, pounds=50))
    await world.gateway.refund_payment(a_refund(request, pounds=50))
    facts = await world.gateway.query_payment(request.key)
    assert judge_attempt(request.amount, facts).refunded == request.amount


async def test_never_more_is_refunded_than_was_captured(world: GatewayWorld):
    request = await paid(world, pounds=100)
    await world.gateway.refund_payment(a_refund(request, pounds=60))
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=41))
    facts = await world.gateway.query_payment(request.key)
    assert judge_attempt(request.amount, facts).refunded == Money(6_000, "GBP")


async def test_what_was_never_paid_cannot_be_refunded(world: GatewayWorld):
    request = a_request()
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=1))
    await world.gateway.request_payment(request)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=1))


async def test_a_refund_key_cannot_be_used_for_another_amount(world: GatewayWorld):
    request = await paid(world)
    refund = a_refund(request, pounds=10)
    await world.gateway.refund_payment(refund)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(
            RefundRequest(refund.key, request.key, Money(1, "GBP"), refund.reason)
        )


@pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.EXECUTED_THEN_TIMEOUT])
async def test_a_request_of_unknown_outcome_is_repeated_safely(world: GatewayWorld, trouble: Trouble):
    request = a_request()
    await world.trouble(Operation.REQUEST, trouble)
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.gateway.request_payment(request)
    await world.gateway.request_payment(request)
    assert await world.buyer_pays(request.key)
    assert await kinds(world, request.key) == [FactKind.AUTHORISED, FactKind.CAPTURED]


@pytest.mark.parametrize(
    ("trouble", "given_already"), [(Trouble.UNAVAILABLE, 0), (Trouble.EXECUTED_THEN_TIMEOUT, 1)]
)
async def test_a_refund_of_unknown_outcome_is_given_once(
    world: GatewayWorld, trouble: Trouble, given_already: int
):
    request = await paid(world)
    refund = a_refund(request, pounds=199)
    await world.trouble(Operation.REFUND, trouble)
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.gateway.refund_payment(refund)
    assert (await kinds(world, request.key)).count(FactKind.REFUNDED) == given_already
    await world.gateway.refund_payment(refund)
    assert (await kinds(world, request.key)).count(FactKind.REFUNDED) == 1


@pytest.mark.parametrize("operation", [Operation.QUERY, Operation.CANCEL])
async def test_an_unavailable_provider_leaves_the_outcome_unknown(world: GatewayWorld, operation: Operation):
    request = await paid(world)
    await world.trouble(operation, Trouble.UNAVAILABLE)
    call = {
        Operation.QUERY: world.gateway.query_payment,
        Operation.CANCEL: world.gateway.cancel_payment,
    }[operation]
    with pytest.raises(PaymentOutcomeUnknownError):
        await call(request.key)
    assert [fact.kind for fact in await call(request.key)] == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_a_pending_refund_is_done_when_it_is_asked_for_again(world: GatewayWorld):
    request = await paid(world, pounds=100)
    refund = a_refund(request, pounds=60)
    await world.trouble(Operation.REFUND, Trouble.PENDING)
    assert (await world.gateway.refund_payment(refund)).state is RefundState.PENDING
    assert FactKind.REFUNDED not in await kinds(world, request.key)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=41))
    assert (await world.gateway.refund_payment(refund)).state is RefundState.DONE
    assert (await world.gateway.refund_payment(refund)).state is RefundState.DONE
    assert (await kinds(world, request.key)).count(FactKind.REFUNDED) == 1


async def test_money_given_back_at_the_provider_has_no_key_of_ours(world: GatewayWorld):
    request = await paid(world, pounds=100)
    await world.refunded_at_provider(request.key, Money(6_000, "GBP"))
    fact = (await world.gateway.query_payment(request.key))[-1]
    assert (fact.kind, fact.amount, fact.refund_key) == (FactKind.REFUNDED, Money(6_000, "GBP"), None)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=41))


async def test_a_charge_back_takes_what_is_left_and_nothing_can_be_refunded_after_it(world: GatewayWorld):
    request = await paid(world, pounds=100)
    await world.gateway.refund_payment(a_refund(request, pounds=30))
    await world.charge_back(request.key)
    fact = (await world.gateway.query_payment(request.key))[-1]
    assert (fact.kind, fact.amount) == (FactKind.CHARGED_BACK, Money(7_000, "GBP"))
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=1))


async def test_a_callback_tells_the_same_as_asking(world: GatewayWorld):
    request = await paid(world)
    await world.gateway.refund_payment(a_refund(request, pounds=199))
    for fact in await world.gateway.query_payment(request.key):
        headers, body = await world.callback(fact)
        assert world.gateway.read_callback(headers, body, datetime.now(UTC)) == fact


async def test_a_callback_changed_by_one_byte_is_rejected(world: GatewayWorld):
    request = await paid(world)
    fact = (await world.gateway.query_payment(request.key))[-1]
    headers, body = await world.callback(fact)
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises(CallbackRejectedError):
            world.gateway.read_callback(headers, changed, datetime.now(UTC))


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
async def test_a_callback_from_another_time_is_rejected(world: GatewayWorld, age: timedelta):
    request = await paid(world)
    fact = (await world.gateway.query_payment(request.key))[-1]
    headers, body = await world.callback(fact)
    with pytest.raises(CallbackRejectedError):
        world.gateway.read_callback(headers, body, datetime.now(UTC) + age)
