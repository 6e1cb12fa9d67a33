"""What the Stripe gateway does beyond the contract of every gateway, over the recorded contract."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from adapters.payments.stripe import StripeGateway
from domain.money import Money
from domain.payment.capture import CaptureMode
from domain.payment.facts import FactKind
from domain.payment.outcome import AttemptState, judge_attempt
from domain.ports.payments import (
    PaymentOutcomeUnknownError,
    PaymentRefusedByProviderError,
    PaymentRequest,
    RefundRequest,
    RefundState,
)
from tests.contract.stripe_world import SECRET, StripeWorld
from tests.support.fake_gateway import Operation, Trouble
from tests.support.stripe_contract import API_KEY

KEY = "pay_ord_1_1"
REQUEST = PaymentRequest(KEY, "ord_1", "N1", Money(10_000, "GBP"), datetime.now(UTC) + timedelta(minutes=30))
REFUND = RefundRequest("ref_1", KEY, Money(4_000, "GBP"), "order_cancelled")


class LaterClock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.later = timedelta(0)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later


@pytest.fixture
async def world() -> AsyncIterator[StripeWorld]:
    world = StripeWorld()
    yield world
    await world.stripe.aclose()


def posts(world: StripeWorld, path: str) -> list[httpx.Request]:
    return [r for r in world.contract.requests if r.method == "POST" and r.url.path.endswith(path)]


async def paid(world: StripeWorld, capture: CaptureMode = CaptureMode.AUTOMATIC) -> None:
    await world.gateway.request_payment(replace(REQUEST, capture=capture))
    assert await world.buyer_pays(KEY)


async def kinds(world: StripeWorld) -> list[FactKind]:
    return [fact.kind for fact in await world.gateway.query_payment(KEY)]


async def test_our_keys_are_stripes_idempotency_keys(world: StripeWorld):
    await paid(world, CaptureMode.MANUAL)
    await world.gateway.capture_payment(KEY, REQUEST.amount)
    await world.gateway.refund_payment(REFUND)
    keys = [posts(world, path)[0].headers["idempotency-key"] for path in ("_intents", "/capture", "/refunds")]
    assert keys == [KEY, f"{KEY}:capture", "ref_1"]


async def test_the_secret_of_a_payment_stands_where_no_server_logs_it(world: StripeWorld):
    session = await world.gateway.request_payment(REQUEST)
    shown, _, hidden = session.pay_url.partition("#")
    assert shown == f"https://shop.invalid/pay?intent={session.provider_ref}"
    assert hidden == world.books.intent_with(KEY)["client_secret"]


async def test_a_key_that_stripe_forgot_opens_no_second_payment(world: StripeWorld):
    first = await world.gateway.request_payment(REQUEST)
    world.contract.forget_idempotency_keys()
    assert await world.gateway.request_payment(REQUEST) == first
    assert len(world.books.payment_intents) == 1


async def test_an_answer_that_was_lost_for_a_day_is_found_in_the_list(world: StripeWorld):
    clock = LaterClock()
    gateway = StripeGateway(
        api_key=API_KEY,
        webhook_secrets=[SECRET],
        pay_page="https://shop.invalid/pay",
        references=world.references,
        clock=clock,
        transport=world.contract,
    )
    await world.trouble(Operation.REQUEST, Trouble.EXECUTED_THEN_TIMEOUT)
    with pytest.raises(PaymentOutcomeUnknownError):
        await gateway.request_payment(REQUEST)
    world.contract.forget_idempotency_keys()
    clock.later = timedelta(days=2)
    session = await gateway.request_payment(REQUEST)
    assert list(world.books.payment_intents) == [session.provider_ref]


@pytest.mark.parametrize("others", [0, 250])
async def test_a_payment_whose_answer_was_lost_is_known_at_once(world: StripeWorld, others: int):
    await world.trouble(Operation.REQUEST, Trouble.EXECUTED_THEN_TIMEOUT)
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.gateway.request_payment(REQUEST)
    for number in range(others):
        world.books.open(100, "gbp", "automatic", {"payment_key": f"pay_ord_2_{number}"})
    intent = world.books.intent_with(KEY)
    intent["created"] = int(datetime.now(UTC).timestamp())
    await world.buyer_pays(KEY)
    assert await kinds(world) == [FactKind.AUTHORISED, FactKind.CAPTURED]
    assert await world.references.key_of("stripe", intent["id"]) == KEY


async def test_a_key_of_another_capture_mode_is_another_payment(world: StripeWorld):
    await world.gateway.request_payment(REQUEST)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.request_payment(replace(REQUEST, capture=CaptureMode.MANUAL))


async def test_after_a_refused_card_the_same_intent_takes_another(world: StripeWorld):
    await world.gateway.request_payment(REQUEST)
    await world.buyer_declines(KEY)
    failed = await world.gateway.query_payment(KEY)
    assert [fact.kind for fact in failed] == [FactKind.FAILED]
    assert await world.buyer_pays(KEY)
    facts = (*failed, *await world.gateway.query_payment(KEY))
    assert judge_attempt(REQUEST.amount, facts).state is AttemptState.CAPTURED


async def test_what_a_smaller_capture_lets_go_is_no_refund(world: StripeWorld):
    await paid(world, CaptureMode.MANUAL)
    facts = await world.gateway.capture_payment(KEY, Money(7_000, "GBP"))
    assert [(fact.kind, fact.amount.amount) for fact in facts] == [
        (FactKind.AUTHORISED, 10_000),
        (FactKind.CAPTURED, 7_000),
    ]
    assert len(world.books.refunds) == 1  # which Stripe books all the same


async def test_what_a_void_lets_go_is_no_refund(world: StripeWorld):
    await paid(world, CaptureMode.MANUAL)
    await world.gateway.cancel_payment(KEY)
    assert await kinds(world) == [FactKind.AUTHORISED, FactKind.CANCELLED]
    assert len(world.books.refunds) == 1


async def test_a_capture_is_taken_once_also_when_stripe_forgot_the_key(world: StripeWorld):
    await paid(world, CaptureMode.MANUAL)
    first = await world.gateway.capture_payment(KEY, Money(7_000, "GBP"))
    world.contract.forget_idempotency_keys()
    assert await world.gateway.capture_payment(KEY, Money(7_000, "GBP")) == first
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.capture_payment(KEY, Money(8_000, "GBP"))


async def test_a_refund_is_given_once_also_when_stripe_forgot_the_key(world: StripeWorld):
    await paid(world)
    first = await world.gateway.refund_payment(REFUND)
    world.contract.forget_idempotency_keys()
    assert await world.gateway.refund_payment(REFUND) == first
    assert len(world.books.refunds) == 1


async def test_a_refund_that_the_bank_sent_back_is_refused(world: StripeWorld):
    await paid(world)
    assert (await world.gateway.refund_payment(REFUND)).state is RefundState.DONE
    next(iter(world.books.refunds.values()))["status"] = "failed"
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(REFUND)


async def test_a_number_is_never_taken_for_another_currency(world: StripeWorld):
    await paid(world, CaptureMode.MANUAL)
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.capture_payment(KEY, Money(7_000, "EUR"))
    await world.gateway.capture_payment(KEY, Money(7_000, "GBP"))
    with pytest.raises(PaymentRefusedByProviderError):
        await world.gateway.refund_payment(replace(REFUND, amount=Money(4_000, "EUR")))
    assert len(posts(world, "/capture")) == 1
    assert posts(world, "/refunds") == []


async def test_an_inquiry_is_no_charge_back(world: StripeWorld):
    await paid(world)
    world.books.charge_back(world.books.intent_with(KEY), "warning_needs_response")
    assert await kinds(world) == [FactKind.AUTHORISED, FactKind.CAPTURED]


async def test_a_payment_that_is_still_being_decided_is_not_called_closed(world: StripeWorld):
    await world.gateway.request_payment(REQUEST)
    world.books.intent_with(KEY)["status"] = "processing"
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.gateway.cancel_payment(KEY)


@pytest.mark.parametrize("status", [401, 403, 408, 409, 429, 500, 502, 503])
async def test_what_passes_or_says_nothing_of_the_payment_is_unknown(world: StripeWorld, status: int):
    await paid(world)
    for call in (
        world.gateway.request_payment(replace(REQUEST, key="pay_ord_2_1")),
        world.gateway.query_payment(KEY),
        world.gateway.capture_payment(KEY, REQUEST.amount),
        world.gateway.cancel_payment(KEY),
        world.gateway.refund_payment(REFUND),
        world.reports.report(datetime.now(UTC), datetime.now(UTC)),
    ):
        world.contract.next_statuses = [status]
        with pytest.raises(PaymentOutcomeUnknownError):
            await call


async def test_one_call_of_the_port_is_never_repeated_by_the_library(world: StripeWorld):
    world.contract.next_statuses = [500]
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.gateway.request_payment(REQUEST)
    assert len(world.contract.requests) == 1


async def test_an_intent_that_stripe_does_not_find_again_is_unknown_and_not_unpaid(world: StripeWorld):
    await paid(world)
    world.books.payment_intents.clear()
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.gateway.query_payment(KEY)


async def test_an_answer_in_another_form_is_unknown(world: StripeWorld):
    await paid(world)
    del next(iter(world.books.charges.values()))["amount_captured"]
    with pytest.raises(PaymentOutcomeUnknownError):
        await world.gateway.query_payment(KEY)


async def test_a_slow_stripe_is_waited_for_within_bounds(world: StripeWorld):
    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.sleep(60)
            raise AssertionError(request.url)

    gateway = StripeGateway(
        api_key=API_KEY,
        webhook_secrets=[SECRET],
        pay_page="https://shop.invalid/pay",
        references=world.references,
        clock=LaterClock(),
        patience=timedelta(milliseconds=20),
        transport=Silent(),
    )
    with pytest.raises(PaymentOutcomeUnknownError):
        await gateway.request_payment(REQUEST)
    await gateway.aclose()


async def test_the_report_has_every_movement_of_our_payments_and_no_others(world: StripeWorld):
    since = datetime.now(UTC) - timedelta(seconds=1)
    await paid(world, CaptureMode.MANUAL)
    await world.gateway.capture_payment(KEY, Money(7_000, "GBP"))
    await world.gateway.refund_payment(REFUND)
    await world.refunded_at_provider(KEY, Money(500, "GBP"))
    await world.charge_back(KEY)
    foreign = world.books.open(900, "gbp", "automatic", {})
    world.books.buyer_pays(foreign)
    world.books.charge_back(foreign)

    lines = await world.reports.report(since, datetime.now(UTC) + timedelta(minutes=5))

    assert [(line.kind, line.amount.amount, line.refund_key) for line in lines] == [
        (FactKind.CAPTURED, 7_000, None),
        (FactKind.REFUNDED, 4_000, "ref_1"),
        (FactKind.REFUNDED, 500, None),
        (FactKind.CHARGED_BACK, 2_500, None),
    ]
    assert {(line.provider, line.payment_key) for line in lines} == {("stripe", KEY)}


async def test_a_report_begins_and_ends_where_it_was_asked_to(world: StripeWorld):
    await paid(world)
    booked = next(iter(world.books.balance_transactions.values()))["created"]
    at = datetime.fromtimestamp(booked, tz=UTC)
    second = timedelta(seconds=1)
    assert len(await world.reports.report(at, at + second)) == 1
    assert await world.reports.report(at - second, at) == ()
    assert await world.reports.report(at + timedelta(microseconds=1), at + second) == ()
