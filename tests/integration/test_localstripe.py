"""The Stripe gateway against an independent server: what localstripe can play, and what it cannot.

Idempotency keys, limits of refunds, disputes, reports and today's events are not among it; those are held
to the recorded contract in tests/contract and tests/unit/payment. docs/stripe.md has the whole list.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from adapters.clock import SystemClock
from adapters.memory.payments import MemoryPaymentReferences
from adapters.payments.stripe import StripeGateway
from adapters.signature import RejectionReason
from domain.money import Money
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind
from domain.ports.payments import (
    CallbackRejectedError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    RefundRequest,
    RefundState,
)
from tests.support.localstripe import API_KEY, LocalStripeTransport, Shopper, running_localstripe
from tests.support.sandbox_provider import CallbackReceiver, Received

SECRET = "whsec_localstripe"
TOTAL = Money(19_900, "GBP")
_numbers = count(1)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running_localstripe() as url:
        yield url


@pytest.fixture
async def gateway(address: str) -> AsyncIterator[StripeGateway]:
    gateway = StripeGateway(
        api_key=API_KEY,
        webhook_secrets=[SECRET],
        pay_page="https://shop.invalid/pay",
        references=MemoryPaymentReferences(),
        clock=SystemClock(),
        api_base=address,
        transport=LocalStripeTransport(),
    )
    yield gateway
    await gateway.aclose()


@pytest.fixture
def shopper(address: str) -> Iterator[Shopper]:
    shopper = Shopper(address)
    yield shopper
    shopper.close()


def a_request(capture: CaptureMode = CaptureMode.AUTOMATIC) -> PaymentRequest:
    number = next(_numbers)
    expires_at = datetime.now(UTC) + timedelta(minutes=30)
    return PaymentRequest(f"pay_{number}", f"ord_{number}", f"N{number}", TOTAL, expires_at, capture)


async def kinds(gateway: StripeGateway, key: str) -> list[FactKind]:
    return [fact.kind for fact in await gateway.query_payment(key)]


async def test_a_payment_is_opened_once_paid_and_known(gateway: StripeGateway, shopper: Shopper):
    request = a_request()
    session = await gateway.request_payment(request)
    assert await gateway.request_payment(request) == session
    assert await gateway.query_payment(request.key) == ()
    assert shopper.pays(session.provider_ref) == 200
    facts = await gateway.query_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CAPTURED]
    assert {fact.amount for fact in facts} == {TOTAL}


async def test_a_refused_card_is_a_failed_attempt(gateway: StripeGateway, shopper: Shopper):
    request = a_request()
    session = await gateway.request_payment(request)
    assert shopper.pays(session.provider_ref, "pm_card_chargeCustomerFail") == 402
    assert await kinds(gateway, request.key) == [FactKind.FAILED]


async def test_authorised_money_is_taken_when_we_say_so(gateway: StripeGateway, shopper: Shopper):
    request = a_request(CaptureMode.MANUAL)
    session = await gateway.request_payment(request)
    shopper.pays(session.provider_ref)
    assert await kinds(gateway, request.key) == [FactKind.AUTHORISED]
    facts = await gateway.capture_payment(request.key, TOTAL)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CAPTURED]
    assert await gateway.capture_payment(request.key, TOTAL) == facts


async def test_authorised_money_is_let_go_when_we_say_so(gateway: StripeGateway, shopper: Shopper):
    request = a_request(CaptureMode.MANUAL)
    session = await gateway.request_payment(request)
    shopper.pays(session.provider_ref)
    facts = await gateway.cancel_payment(request.key)
    # Nothing can be captured any more, says the recorded contract; localstripe captures it all the same.
    assert {fact.kind for fact in facts} == {FactKind.AUTHORISED, FactKind.CANCELLED}


async def test_a_closed_payment_takes_no_card(gateway: StripeGateway, shopper: Shopper):
    request = a_request()
    session = await gateway.request_payment(request)
    facts = await gateway.cancel_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.CANCELLED]
    assert shopper.pays(session.provider_ref) == 400
    assert await gateway.cancel_payment(request.key) == facts


async def test_closing_too_late_tells_that_it_was_paid(gateway: StripeGateway, shopper: Shopper):
    request = a_request()
    session = await gateway.request_payment(request)
    shopper.pays(session.provider_ref)
    facts = await gateway.cancel_payment(request.key)
    assert [fact.kind for fact in facts] == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_money_goes_back_in_parts_each_once(gateway: StripeGateway, shopper: Shopper):
    request = a_request()
    session = await gateway.request_payment(request)
    shopper.pays(session.provider_ref)
    for name, amount in (("a", 5_000), ("b", 5_000)):
        refund = RefundRequest(f"ref_{request.key}_{name}", request.key, Money(amount, "GBP"), "buyer")
        receipt = await gateway.refund_payment(refund)
        assert receipt.state is RefundState.DONE
        # localstripe knows no idempotency keys: it is the gateway that finds its own refund again.
        assert await gateway.refund_payment(refund) == receipt
    refunds = [f for f in await gateway.query_payment(request.key) if f.kind is FactKind.REFUNDED]
    assert sorted((fact.refund_key or "", fact.amount.amount) for fact in refunds) == [
        (f"ref_{request.key}_a", 5_000),
        (f"ref_{request.key}_b", 5_000),
    ]


async def test_what_was_not_paid_is_not_given_back(gateway: StripeGateway):
    request = a_request()
    with pytest.raises(PaymentRefusedByProviderError):
        await gateway.refund_payment(RefundRequest("ref_none", request.key, TOTAL, "buyer"))


async def test_its_webhooks_are_signed_as_stripe_signs(gateway: StripeGateway, shopper: Shopper):
    receiver = CallbackReceiver()
    try:
        shopper.subscribes(receiver.url, SECRET)
        session = await gateway.request_payment(a_request())
        shopper.pays(session.provider_ref, "pm_card_chargeCustomerFail")
        failed = one_of(receiver, "payment_intent.payment_failed", session.provider_ref)
        paid = await gateway.request_payment(a_request())
        shopper.pays(paid.provider_ref)
        succeeded = one_of(receiver, "payment_intent.succeeded", paid.provider_ref)
    finally:
        receiver.close()

    # Believed, and about a refused card that `charge.failed` tells of.
    assert gateway.read_callback(failed.headers, failed.body, datetime.now(UTC)) is None
    # Believed as well, but of an API version that had no `amount_received`: read no further.
    assert reason(gateway, succeeded) is RejectionReason.MALFORMED
    assert reason(gateway, succeeded, later=timedelta(minutes=6)) is RejectionReason.TIMESTAMP
    changed = Received(
        succeeded.at, succeeded.path, succeeded.headers, succeeded.body.replace(b"19900", b"1")
    )
    assert reason(gateway, changed) is RejectionReason.SIGNATURE


def one_of(receiver: CallbackReceiver, kind: str, intent_id: str) -> Received:
    return next(
        one
        for number in count(1)
        for one in receiver.wait_for(number)
        if f'"{kind}"'.encode() in one.body and intent_id.encode() in one.body
    )


def reason(gateway: StripeGateway, said: Received, later: timedelta = timedelta(0)) -> object:
    with pytest.raises(CallbackRejectedError) as caught:
        gateway.read_callback(said.headers, said.body, datetime.now(UTC) + later)
    return caught.value.facts["reason"]
