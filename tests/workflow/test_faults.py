"""Lost answers, lost tasks, other writers, a database that is away: the order comes out the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from domain.events import EventMetadata, EventRecord
from domain.order.cancel import cancel_order
from domain.order.encoding import encode
from domain.order.pay import payment_key
from domain.order.status import CancelReason
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import eventually
from tests.workflow.shop import Shop, cny
from workflows.attributes import FAILED_STEP
from workflows.contracts import CancelOrder


class LostAnswerError(Exception):
    """The transaction was committed, and nobody heard of it."""


async def test_an_append_whose_answer_was_lost_is_not_written_twice(shop: Shop) -> None:
    _after_append(shop, nth=1, then=LostAnswerError())
    buyer = await shop.an_order()

    answer = await buyer.checks_out()

    assert answer.status == "created"
    assert await buyer.kinds() == ["OrderDrafted", "OrderCreated", "PaymentRequested"]


async def test_what_a_lost_task_has_written_counts_and_not_what_is_decided_now(shop: Shop) -> None:
    earlier = timedelta(minutes=1)
    _written_before(shop, nth=1, by=earlier)
    buyer = await shop.an_order()

    answer = await buyer.checks_out()
    order = await buyer.order()

    assert answer.version == order.version == 3
    assert answer.created_at == order.created_at
    assert order.created_at < buyer.start.accepted_at


async def test_money_confirmed_by_a_lost_task_is_confirmed_once(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    _written_before(shop, nth=1, by=timedelta(seconds=1))

    await buyer.pays_and_it_is_reported()
    await buyer.parcel("delivered")
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "completed"
    assert (await buyer.kinds()).count("PaymentConfirmed") == 1


async def test_an_order_that_somebody_else_wrote_to_is_read_and_decided_again(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    order = await buyer.order()
    ended = cancel_order(order, CancelReason.FRAUD, "risk", buyer.start.accepted_at)
    await shop.events.append(
        buyer.id, order.version, "by-hand", [encode(event) for event in ended], _nobody()
    )

    await buyer.pays_and_it_is_reported()
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "fraud")
    assert (outcome.captured, outcome.refunded) == (cny(10_000), cny(10_000))
    level = await shop.shelf_of_tea()
    assert level is not None
    assert (level.available, level.held, level.sold) == (5, 0, 0)


async def test_a_database_that_is_away_for_a_while_only_delays_the_order(shop: Shop) -> None:
    _fails(shop, times=6)
    buyer = await shop.an_order()

    answer = await buyer.checks_out()

    assert answer.status == "created"
    assert "timer_fired" in await buyer.history()


async def test_money_for_an_order_without_a_process_is_left_to_a_person(shop: Shop) -> None:
    buyer = await shop.an_order()
    answer = await buyer.checks_out()
    await buyer.handle.terminate("a mistake of somebody")
    facts = await buyer.pays()

    await buyer.hears(*facts)
    await shop.late_payment_rests(answer.payment_key)

    await shop.somebody_is_told("payment_without_process")
    assert Operation.REFUND not in {operation for operation, _ in shop.payments.calls}
    assert (await buyer.order()).status == "created"


async def test_a_refund_that_is_refused_for_good_is_handed_to_a_person(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")
    shop.payments.next_call(Operation.REFUND, Trouble.REFUSED, times=100)

    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    outcome = await buyer.comes_to_rest()

    assert outcome.refunded == cny(0)
    await shop.somebody_is_told("step_failed_refused_by_provider")
    await eventually(lambda: _failed_step(buyer.handle), f"payment {payment_key(buyer.id, 1)}")


async def _failed_step(handle: Any) -> Any:
    return (await handle.describe()).typed_search_attributes.get(FAILED_STEP)


def _nobody() -> EventMetadata:
    return EventMetadata(actor="risk")


def _after_append(shop: Shop, nth: int, then: Exception) -> None:
    """The `nth` append is done and then fails."""
    real, calls = shop.events.append, 0

    async def append(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        answer = await real(*args, **kwargs)
        if calls == nth:
            raise then
        return answer

    shop.events.append = append  # type: ignore[method-assign]


def _written_before(shop: Shop, nth: int, by: timedelta) -> None:
    """A task that was lost had done the `nth` append already, at its own time."""
    real, calls = shop.events.append, 0

    async def append(
        stream: str, version: int, key: str, events: Sequence[EventRecord], metadata: Any
    ) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth:
            await real(stream, version, key, [_earlier(event, by) for event in events], metadata)
        return await real(stream, version, key, events, metadata)

    shop.events.append = append  # type: ignore[assignment, method-assign]


def _earlier(event: EventRecord, by: timedelta) -> EventRecord:
    at = event.occurred_at - by
    was, now = event.occurred_at.isoformat(), at.isoformat()
    data = {name: now if value == was else value for name, value in event.data.items()}
    return replace(event, occurred_at=at, data=data)


def _fails(shop: Shop, times: int) -> None:
    """The next appends find no database."""
    real, left = shop.events.append, times

    async def append(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            raise ConnectionRefusedError
        return await real(*args, **kwargs)

    shop.events.append = append  # type: ignore[method-assign]
