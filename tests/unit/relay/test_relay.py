"""What was accepted and not finished is done again, in bounds, whatever is away."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from activities.contracts import OrderStart
from adapters.memory.intake import MemoryOrderIntake, MemoryRequestLog
from adapters.memory.notices import MemoryNotices
from adapters.memory.payments import MemoryCallbackInbox, MemoryPaymentAttempts
from domain.money import Money
from domain.order.refund_policy import DeliveryFeePolicy, ThresholdPolicy
from domain.payment.facts import FactKind, PaymentFact
from domain.ports.intake import IntakeEntry, PlaceOrder
from domain.pricing.asking import PriceDrop
from domain.pricing.request import RequestedLine
from ops.relay import Loop, Relay, keep_going
from workflows.client import OrderWorkflows, WorkflowUnavailableError

START = datetime(2026, 1, 1, tzinfo=UTC)


class Hands(OrderWorkflows):
    """Remembers what was asked of it; `away` makes it unavailable."""

    def __init__(self) -> None:
        self.away = False
        self.started: list[str] = []
        self.told: list[tuple[str, str]] = []

    async def start(self, start: OrderStart) -> None:
        if self.away:
            raise WorkflowUnavailableError
        self.started.append(start.order_id)

    async def report_payment(self, order_id: str, fact: PaymentFact) -> None:
        if self.away:
            raise WorkflowUnavailableError
        self.told.append((order_id, fact.event_id))


@dataclass
class Ports:
    now_is: datetime = START
    intake: MemoryOrderIntake = field(default_factory=MemoryOrderIntake)
    attempts: MemoryPaymentAttempts = field(default_factory=MemoryPaymentAttempts)
    notices: MemoryNotices = field(default_factory=MemoryNotices)
    requests: MemoryRequestLog = field(default_factory=MemoryRequestLog)

    def __post_init__(self) -> None:
        self.inbox = MemoryCallbackInbox(self.attempts)

    @property
    def clock(self) -> Ports:
        return self

    def now(self) -> datetime:
        return self.now_is

    def later(self, seconds: float) -> None:
        self.now_is += timedelta(seconds=seconds)


class Settings:
    payment_window_seconds = confirmation_window_seconds = shipping_window_seconds = 60.0
    return_window_seconds = review_window_seconds = acceptance_window_seconds = 60.0
    decision_window_seconds = receipt_window_seconds = 60.0
    payment_poll_seconds = carrier_poll_seconds = 60.0
    manual_capture_methods = ()
    payment_provider = "sandbox"
    refund_delivery_fee = DeliveryFeePolicy.WITH_ALL_GOODS
    refund_threshold = ThresholdPolicy.KEEP
    price_drop = PriceDrop.CONFIRM
    relay_grace_seconds = 2.0
    payment_task_queue = "payments"


@pytest.fixture
def ports() -> Ports:
    return Ports()


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def relay(ports: Ports, hands: Hands) -> Relay:
    return Relay(ports, hands, Settings())


async def test_an_order_is_left_to_the_api_for_a_moment(ports: Ports, hands: Hands, relay: Relay) -> None:
    await _accepted(ports, "ord_1")
    ports.later(1)

    assert await relay.start_orders() == 0
    assert hands.started == []


async def test_an_order_that_nobody_started_is_started_once(ports: Ports, hands: Hands, relay: Relay) -> None:
    await _accepted(ports, "ord_1")
    ports.later(3)

    assert await relay.start_orders() == 1
    ports.later(60)
    assert await relay.start_orders() == 0
    assert hands.started == ["ord_1"]


async def test_orders_accepted_while_temporal_was_away_are_started_when_it_is_back(
    ports: Ports, hands: Hands, relay: Relay
) -> None:
    for number in range(20):
        await _accepted(ports, f"ord_{number}")
    hands.away = True
    ports.later(3)
    with pytest.raises(ExceptionGroup):
        await relay.start_orders()

    hands.away = False
    ports.later(10)
    await relay.start_orders()

    assert sorted(hands.started) == sorted(f"ord_{number}" for number in range(20))


async def test_a_callback_that_the_order_has_not_heard_is_delivered(
    ports: Ports, hands: Hands, relay: Relay
) -> None:
    await ports.attempts.remember("pay_1", "ord_1", "sandbox", Money(100, "CNY"))
    await ports.inbox.store(_fact("evt_1"), b"", ports.now())
    ports.later(3)

    assert await relay.deliver_callbacks() == 1
    assert await relay.deliver_callbacks() == 0
    assert hands.told == [("ord_1", "evt_1")]


async def test_a_callback_waits_for_temporal_and_then_for_its_turn(
    ports: Ports, hands: Hands, relay: Relay
) -> None:
    await ports.attempts.remember("pay_1", "ord_1", "sandbox", Money(100, "CNY"))
    await ports.inbox.store(_fact("evt_1"), b"", ports.now())
    hands.away = True
    ports.later(3)
    with pytest.raises(ExceptionGroup):
        await relay.deliver_callbacks()

    hands.away = False
    assert await relay.deliver_callbacks() == 0
    ports.later(10)
    await relay.deliver_callbacks()

    assert hands.told == [("ord_1", "evt_1")]


async def test_a_callback_finds_an_order_that_appears_after_it(
    ports: Ports, hands: Hands, relay: Relay
) -> None:
    await ports.inbox.store(_fact("evt_1"), b"", ports.now())
    ports.later(3)
    await relay.deliver_callbacks()

    await ports.attempts.remember("pay_1", "ord_1", "sandbox", Money(100, "CNY"))
    ports.later(10)
    await relay.deliver_callbacks()

    assert hands.told == [("ord_1", "evt_1")]


async def test_somebody_is_told_of_a_payment_that_stays_without_an_order(ports: Ports, relay: Relay) -> None:
    await ports.inbox.store(_fact("evt_1"), b"", ports.now())

    for _ in range(20):
        ports.later(400)
        await relay.deliver_callbacks()

    (alert,) = await ports.notices.alerts(10)
    assert alert.code == "payment_for_unknown_order"
    assert ("payment_key", "pay_1") in alert.facts


async def test_a_loop_goes_on_after_errors() -> None:
    calls = 0
    enough = asyncio.Event()

    async def work() -> int:
        nonlocal calls
        calls += 1
        if calls == 3:
            enough.set()
        if calls < 3:
            raise ConnectionRefusedError
        return 0

    running = asyncio.create_task(keep_going(Loop("testing", work, batch=1, pause=0.001)))
    async with asyncio.timeout(5):
        await enough.wait()
    running.cancel()

    assert calls == 3


async def test_a_loop_goes_on_at_once_while_batches_are_full() -> None:
    batches = [2, 2, 1]
    done = asyncio.Event()

    async def work() -> int:
        if not batches:
            done.set()
            return 0
        return batches.pop(0)

    running = asyncio.create_task(keep_going(Loop("testing", work, batch=2, pause=0.01)))
    async with asyncio.timeout(5):
        await done.wait()
    running.cancel()

    assert batches == []


def _fact(event_id: str) -> PaymentFact:
    return PaymentFact("sandbox", event_id, "pay_1", FactKind.CAPTURED, Money(100, "CNY"), START)


async def _accepted(ports: Ports, order_id: str) -> None:
    command = PlaceOrder("buyer-1", "snap_1", "CNY", (RequestedLine("tea", 1),), None, "corr")
    entry = IntakeEntry(
        order_id,
        order_id,
        order_id,
        command,
        Money(100, "CNY"),
        ("shop-7",),
        ports.now(),
        None,
        started=False,
    )
    await ports.intake.accept("caller", order_id, "digest", entry)
