"""POST /v1/payment-callbacks: verified, stored, answered; then told to the order, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import httpx
import pytest

from domain.money import Money
from domain.order.status import OrderStatus, PaymentStatus
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.payments import PaymentRequest
from tests.support.api_world import ApiWorld, api_world, cny

PATH = "/v1/payment-callbacks/sandbox"


async def an_attempt(world: ApiWorld) -> tuple[str, str]:
    """Order id and key of an attempt that the provider knows."""
    order_id = await world.placed()
    key = f"pay_{order_id}_1"
    later = world.clock.now() + timedelta(minutes=30)
    await world.gateway.request_payment(PaymentRequest(key, order_id, "N", cny(3_200), later))
    return order_id, key


async def call_back(world: ApiWorld, fact: PaymentFact) -> httpx.Response:
    """The provider's signed POST."""
    headers, body = world.gateway.signed(fact)
    return await world.http.post(PATH, content=body, headers=headers)


def is_delivered(world: ApiWorld) -> bool:
    return all(callback.delivered for callback in world.inbox._callbacks.values())


async def test_a_signed_callback_pays_the_order(world: ApiWorld):
    order_id, key = await an_attempt(world)

    for fact in world.gateway.buyer_pays(key):
        answer = await call_back(world, fact)
        assert (answer.status_code, answer.content) == (204, b"")

    await world.until(lambda: len(world.workflows.facts) == 2 and is_delivered(world))
    assert (await world.workflows.order(order_id)).status is OrderStatus.PAID


async def test_a_repeated_callback_has_one_effect(world: ApiWorld):
    _, key = await an_attempt(world)
    fact = world.gateway.buyer_pays(key)[1]

    for _ in range(3):
        assert (await call_back(world, fact)).status_code == 204
        await world.until(lambda: is_delivered(world))

    assert len(world.workflows.facts) == 1


async def test_a_callback_changed_by_one_byte_is_a_401_and_not_kept(world: ApiWorld):
    _, key = await an_attempt(world)
    headers, body = world.gateway.signed(world.gateway.buyer_pays(key)[1])

    answer = await world.http.post(PATH, content=body.replace(b"3200", b"3201"), headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "callback_rejected")
    assert world.inbox._callbacks == {}


@pytest.mark.parametrize("header", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_a_callback_without_its_headers_is_a_401(world: ApiWorld, header):
    _, key = await an_attempt(world)
    headers, body = world.gateway.signed(world.gateway.buyer_pays(key)[1])
    del headers[header]

    assert (await world.http.post(PATH, content=body, headers=headers)).status_code == 401
    assert world.inbox._callbacks == {}


async def test_a_callback_with_an_old_timestamp_is_a_401(world: ApiWorld):
    _, key = await an_attempt(world)
    headers, body = world.gateway.signed(world.gateway.buyer_pays(key)[1])
    world.clock.passes(timedelta(minutes=5, seconds=1))

    assert (await world.http.post(PATH, content=body, headers=headers)).status_code == 401


async def test_a_callback_of_an_unknown_provider_is_a_404(world: ApiWorld):
    assert (await world.http.post("/v1/payment-callbacks/nobody", content=b"{}")).status_code == 404


async def test_a_callback_needs_no_api_key():
    async with api_world(ApiWorld(api_keys="secret-key")) as world:
        assert (await world.http.post(PATH, content=b"{}")).json()["code"] == "callback_rejected"


async def test_a_callback_with_the_wrong_amount_is_taken_and_put_in_review(world: ApiWorld):
    order_id, key = await an_attempt(world)

    answer = await call_back(world, world.gateway.buyer_pays(key, Money(1, "CNY"))[1])

    assert answer.status_code == 204
    await world.until(lambda: world.workflows.facts)
    assert (await world.workflows.order(order_id)).payment_status is PaymentStatus.IN_REVIEW


async def test_a_callback_for_an_unknown_attempt_is_kept_for_later(world: ApiWorld):
    later = world.clock.now() + timedelta(minutes=30)
    await world.gateway.request_payment(PaymentRequest("pay_ord_ghost_1", "ord_ghost", "N", cny(5), later))
    fact = world.gateway.happens("pay_ord_ghost_1", FactKind.CAPTURED, cny(5))

    answer = await call_back(world, fact)
    await asyncio.sleep(0)

    assert answer.status_code == 204
    waiting = await world.inbox.waiting(before=world.clock.now() + timedelta(days=1), limit=10)
    assert [entry.fact for entry in waiting] == [fact]
    assert world.workflows.facts == []


async def test_a_callback_that_the_order_could_not_be_told_of_is_answered_and_kept(world: ApiWorld):
    _, key = await an_attempt(world)
    world.workflows.away = True

    answer = await call_back(world, world.gateway.buyer_pays(key)[1])
    await asyncio.sleep(0.01)

    assert answer.status_code == 204
    assert len(await world.inbox.waiting(before=world.clock.now() + timedelta(days=1), limit=10)) == 1


async def test_a_callback_that_cannot_be_stored_is_not_answered_with_2xx(world: ApiWorld):
    _, key = await an_attempt(world)

    async def down(*_: object) -> None:
        raise ConnectionRefusedError

    world.inbox.store = down  # type: ignore[method-assign, assignment] # the database goes away

    assert (await call_back(world, world.gateway.buyer_pays(key)[1])).status_code == 503
