"""What every payment gateway promises, over the fake and over the real provider on loopback."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import count

import httpx
import pytest
import pytest_asyncio

from adapters.payments.sandbox import SandboxGateway
from adapters.payments.signature import DEMO_SECRET
from domain.money import Money
from domain.payment.facts import FactKind, PaymentFact
from domain.payment.outcome import AttemptState, judge_attempt
from domain.ports.payments import (
    CallbackRejectedError,
    PaymentGateway,
    PaymentOutcomeUnknownError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    RefundRequest,
    RefundState,
)
from tests.support.fake_gateway import FakeGateway, NotPayableError, Operation, Trouble
from tests.support.sandbox_provider import CallbackReceiver, ProviderProcess, eventually, running_provider

_numbers = count(1)
Callback = tuple[dict[str, str], bytes]


def a_request(pounds: int = 199, lasting: timedelta = timedelta(minutes=30)) -> PaymentRequest:
    number = next(_numbers)
    return PaymentRequest(
        key=f"ord_{number}:1",
        order_id=f"ord_{number}",
        order_number=f"N{number}",
        amount=Money(pounds * 100, "GBP"),
        expires_at=datetime.now(UTC) + lasting,
    )


def a_refund(of: PaymentRequest, pounds: int) -> RefundRequest:
    return RefundRequest(f"ref_{next(_numbers)}", of.key, Money(pounds * 100, "GBP"), "buyer")


class FakeWorld:
    """The buyer, the faults and the callbacks around the fake."""

    def __init__(self) -> None:
        self.fake = FakeGateway()
        self.gateway: PaymentGateway = self.fake

    async def buyer_pays(self, key: str) -> bool:
        try:
            self.fake.buyer_pays(key)
        except NotPayableError:
            return False
        return True

    async def buyer_declines(self, key: str) -> None:
        self.fake.buyer_declines(key)

    async def trouble(self, operation: Operation, trouble: Trouble) -> None:
        self.fake.next_call(operation, trouble)

    async def callback(self, fact: PaymentFact) -> Callback:
        return self.fake.signed(fact)


class SandboxWorld:
    """The same around the real service, over HTTP."""

    def __init__(self, provider: ProviderProcess, receiver: CallbackReceiver) -> None:
        self.receiver = receiver
        self.http = httpx.AsyncClient(base_url=provider.url, timeout=10, trust_env=False)
        self.sandbox = SandboxGateway(
            provider.url, receiver.url, [DEMO_SECRET], patience=timedelta(seconds=0.5)
        )
        self.gateway: PaymentGateway = self.sandbox

    async def close(self) -> None:
        await self.sandbox.aclose()
        await self.http.aclose()

    async def buyer_pays(self, key: str) -> bool:
        return (await self._act(key, "pay")).is_success

    async def buyer_declines(self, key: str) -> None:
        (await self._act(key, "decline")).raise_for_status()

    async def trouble(self, operation: Operation, trouble: Trouble) -> None:
        faults: dict[Trouble, dict[str, object]] = {
            Trouble.UNAVAILABLE: {"fault": "unavailable"},
            Trouble.EXECUTED_THEN_TIMEOUT: {"fault": "execute_then_timeout", "hold_ms": 2000},
        }
        body = {"any": True, "operation": operation.value, **faults[trouble]}
        (await self.http.post("/v1/faults", json=body)).raise_for_status()

    async def callback(self, fact: PaymentFact) -> Callback:
        def arrived() -> list[Callback]:
            all_of_them = [(one.headers, one.body) for one in self.receiver.received]
            return [one for one in all_of_them if json.loads(one[1])["event_id"] == fact.event_id]

        await asyncio.to_thread(eventually, lambda: bool(arrived()), f"a callback of {fact.kind}")
        return arrived()[0]

    async def _act(self, key: str, action: str) -> httpx.Response:
        payment = (await self.http.get(f"/v1/payments/by-key/{key}")).json()
        return await self.http.post(f"/pay/{payment['id']}", json={"action": action})


World = FakeWorld | SandboxWorld


@pytest_asyncio.fixture(scope="module")
async def sandbox(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SandboxWorld]:
    receiver = CallbackReceiver()
    with running_provider(tmp_path_factory.mktemp("provider")) as provider:
        world = SandboxWorld(provider, receiver)
        yield world
        await world.close()
    receiver.close()


@pytest.fixture(params=["fake", "sandbox"])
def world(request: pytest.FixtureRequest) -> World:
    if request.param == "fake":
        return FakeWorld()
    world: SandboxWorld = request.getfixturevalue("sandbox")
    return world


async def paid(world: World, pounds: int = 199) -> PaymentRequest:
    request = a_request(pounds)
    await world.gateway.request_payment(request)
    assert await world.buyer_pays(request.key)
    return request


async def kinds(world: World, key: str) -> list[FactKind]:
    return [fact.kind for fact in await world.gateway.query_payment(key)]


async def test_asking_twice_with_one_key_opens_one_payment(world: World):
    request = a_request()
    first = await world.gateway.request_payment(request)
    assert await world.gateway.request_payment(request) == first
    assert first.key == request.key
    assert first.provider_ref in first.pay_url


async def test_a_key_cannot_be_used_for_another_amount(world: World):
    request = a_request(pounds=199)
    await world.gateway.request_payment(request)
    other = PaymentRequest(
        request.key, request.order_id, request.order_number, Money(1, "GBP"), request.expires_at
    )
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.request_payment(other)


async def test_nothing_cannot_be_paid(world: World):
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.request_payment(a_request(pounds=0))


async def test_of_a_key_it_never_heard_of_the_provider_knows_nothing(world: World):
    assert await world.gateway.query_payment("ord_never:heard-of") == ()
    assert await world.gateway.cancel_payment("ord_never:heard-of") == ()


async def test_a_paid_payment_was_authorised_and_then_captured_in_full(world: World):
    request = await paid(world)
    facts = await world.gateway.query_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CAPTURED]
    assert {fact.amount for fact in facts} == {request.amount}
    assert {(fact.provider, fact.payment_key) for fact in facts} == {(world.gateway.provider, request.key)}
    assert facts[0].occurred_at < facts[1].occurred_at
    assert judge_attempt(request.amount, facts).state is AttemptState.CAPTURED


async def test_paying_twice_charges_once(world: World):
    request = await paid(world)
    assert await world.buyer_pays(request.key)
    assert await kinds(world, request.key) == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_a_declined_payment_failed_and_takes_no_money_any_more(world: World):
    request = a_request()
    await world.gateway.request_payment(request)
    await world.buyer_declines(request.key)
    assert not await world.buyer_pays(request.key)
    assert await kinds(world, request.key) == [FactKind.FAILED]


async def test_an_expired_payment_takes_no_money(world: World):
    request = a_request(lasting=timedelta(0))
    await world.gateway.request_payment(request)
    assert not await world.buyer_pays(request.key)
    assert await kinds(world, request.key) == []


async def test_a_cancelled_payment_takes_no_money(world: World):
    request = a_request()
    await world.gateway.request_payment(request)
    facts = await world.gateway.cancel_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.CANCELLED]
    assert not await world.buyer_pays(request.key)
    assert await world.gateway.query_payment(request.key) == facts


async def test_cancelling_twice_is_cancelling_once(world: World):
    request = a_request()
    await world.gateway.request_payment(request)
    assert await world.gateway.cancel_payment(request.key) == await world.gateway.cancel_payment(request.key)


async def test_cancelling_too_late_tells_that_it_was_paid(world: World):
    request = await paid(world)
    facts = await world.gateway.cancel_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_a_refund_is_given_once_for_each_key(world: World):
    request = await paid(world)
    refund = a_refund(request, pounds=199)
    first = await world.gateway.refund_payment(refund)
    assert await world.gateway.refund_payment(refund) == first
    assert (first.key, first.amount, first.state) == (refund.key, refund.amount, RefundState.DONE)
    given = [f for f in await world.gateway.query_payment(request.key) if f.kind is FactKind.REFUNDED]
    assert [(fact.refund_key, fact.amount) for fact in given] == [(refund.key, refund.amount)]


async def test_two_equal_refunds_with_two_keys_both_count(world: World):
    request = await paid(world, pounds=100)
    await world.gateway.refund_payment(a_refund(request, pounds=50))
    await world.gateway.refund_payment(a_refund(request, pounds=50))
    facts = await world.gateway.query_payment(request.key)
    assert judge_attempt(request.amount, facts).refunded == request.amount


async def test_never_more_is_refunded_than_was_captured(world: World):
    request = await paid(world, pounds=100)
    await world.gateway.refund_payment(a_refund(request, pounds=60))
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=41))
    facts = await world.gateway.query_payment(request.key)
    assert judge_attempt(request.amount, facts).refunded == Money(6_000, "GBP")


async def test_what_was_never_paid_cannot_be_refunded(world: World):
    request = a_request()
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=1))
    await world.gateway.request_payment(request)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(a_refund(request, pounds=1))


async def test_a_refund_key_cannot_be_used_for_another_amount(world: World):
    request = await paid(world)
    refund = a_refund(request, pounds=10)
    await world.gateway.refund_payment(refund)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(
            RefundRequest(refund.key, request.key, Money(1, "GBP"), refund.reason)
        )


@pytest.mark.parametrize("trouble", [Trouble.UNAVAILABLE, Trouble.EXECUTED_THEN_TIMEOUT])
async def test_a_request_of_unknown_outcome_is_repeated_safely(world: World, trouble: Trouble):
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
async def test_a_refund_of_unknown_outcome_is_given_once(world: World, trouble: Trouble, given_already: int):
    request = await paid(world)
    refund = a_refund(request, pounds=199)
    await world.trouble(Operation.REFUND, trouble)
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.gateway.refund_payment(refund)
    assert (await kinds(world, request.key)).count(FactKind.REFUNDED) == given_already
    await world.gateway.refund_payment(refund)
    assert (await kinds(world, request.key)).count(FactKind.REFUNDED) == 1


@pytest.mark.parametrize("operation", [Operation.QUERY, Operation.CANCEL])
async def test_an_unavailable_provider_leaves_the_outcome_unknown(world: World, operation: Operation):
    request = await paid(world)
    await world.trouble(operation, Trouble.UNAVAILABLE)
    call = {
        Operation.QUERY: world.gateway.query_payment,
        Operation.CANCEL: world.gateway.cancel_payment,
    }[operation]
    with pytest.raises(PaymentOutcomeUnknownError):
        await call(request.key)
    assert [fact.kind for fact in await call(request.key)] == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_a_callback_tells_the_same_as_asking(world: World):
    request = await paid(world)
    await world.gateway.refund_payment(a_refund(request, pounds=199))
    for fact in await world.gateway.query_payment(request.key):
        headers, body = await world.callback(fact)
        assert world.gateway.read_callback(headers, body, datetime.now(UTC)) == fact


async def test_a_callback_changed_by_one_byte_is_rejected(world: World):
    request = await paid(world)
    fact = (await world.gateway.query_payment(request.key))[-1]
    headers, body = await world.callback(fact)
    for place in range(len(body)):
        changed = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        with pytest.raises(CallbackRejectedError):
            world.gateway.read_callback(headers, changed, datetime.now(UTC))


@pytest.mark.parametrize("age", [timedelta(minutes=6), timedelta(minutes=-6)])
async def test_a_callback_from_another_time_is_rejected(world: World, age: timedelta):
    request = await paid(world)
    fact = (await world.gateway.query_payment(request.key))[-1]
    headers, body = await world.callback(fact)
    with pytest.raises(CallbackRejectedError):
        world.gateway.read_callback(headers, body, datetime.now(UTC) + age)
