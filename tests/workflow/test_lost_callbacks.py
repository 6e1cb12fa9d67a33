"""Callbacks that never come, and facts that only the provider knows."""

from datetime import timedelta

import pytest

from domain.payment.facts import FactKind
from domain.ports.stock import StockLevel
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import until
from tests.workflow.shop import Customer, Shop, cny
from workflows.contracts import PayAgain

SOON = timedelta(milliseconds=300)
ALL_BACK = StockLevel("tea", available=5, held=0, sold=0)


async def test_money_whose_callback_was_lost_for_ever_is_found_long_before_the_deadline(shop: Shop) -> None:
    buyer = await shop.an_order(payment_poll=SOON)
    answer = await buyer.checks_out()

    await buyer.pays()
    order = await buyer.becomes(lambda order: order.status == "paid")

    assert order.captured == cny(10_000)
    assert (Operation.CANCEL, answer.payment_key) not in shop.payments.calls


async def test_a_silent_provider_is_asked_less_and_less_often(shop: Shop) -> None:
    buyer = await shop.an_order(payment_poll=SOON)
    await buyer.checks_out()

    # The first one began before the buyer had an answer, so some of it is over already.
    _, second, third, *_ = await until(lambda: _pauses(buyer), lambda pauses: len(pauses) > 2)

    assert second >= SOON.total_seconds()
    assert third == pytest.approx(2 * second)


async def test_a_provider_that_is_away_when_it_is_asked_is_asked_another_time(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.policies.BUYER_PATIENCE", SOON)
    buyer = await shop.an_order(payment_poll=SOON)
    await buyer.checks_out()
    shop.payments.next_call(Operation.QUERY, Trouble.UNAVAILABLE, times=3)

    await buyer.pays()
    order = await buyer.becomes(lambda order: order.status == "paid")

    assert order.captured == cny(10_000)


async def test_a_decline_that_was_found_by_asking_lets_the_buyer_try_again(shop: Shop) -> None:
    buyer = await shop.an_order(payment_poll=SOON)
    first = await buyer.checks_out()

    shop.payments.buyer_declines(first.payment_key)
    await buyer.becomes(lambda order: order.payment_status == "failed")
    second = await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))
    await buyer.pays(nth=2)
    order = await buyer.becomes(lambda order: order.status == "paid")

    assert order.payment is not None
    assert order.payment.payment_key == second.payment_key


async def test_money_given_back_at_the_provider_before_shipment_ends_the_order(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)

    await buyer.hears(shop.payments.refunded_at_provider(key))
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "refunded")
    assert (outcome.captured, outcome.refunded) == (cny(10_000), cny(10_000))
    assert (Operation.REFUND, f"ref_{key}") not in shop.payments.calls
    assert await shop.stock.level("tea") == ALL_BACK


async def test_money_given_back_in_part_at_the_provider_is_recorded_and_the_order_goes_on(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)

    fact = shop.payments.refunded_at_provider(key, cny(1_000))
    await buyer.hears(fact, times=3)
    await buyer.parcel("delivered")
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.refunded) == ("completed", cny(1_000))
    assert [refund.key for refund in (await buyer.order()).refunds] == [f"ext_{fact.event_id}"]


async def test_our_own_refund_heard_of_as_a_callback_is_the_same_refund(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await buyer.parcel("lost", number=1)
    await until(lambda: _refunds(shop), bool)

    await buyer.hears(*shop.payments.refunds, times=2)
    outcome = await buyer.comes_to_rest()

    assert (outcome.captured, outcome.refunded) == (cny(10_000), cny(10_000))
    assert (await buyer.kinds()).count("PaymentRefunded") == 1


async def test_a_charge_back_of_an_order_that_was_lost_is_not_paid_twice(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)
    await buyer.hears(shop.payments.charge_back(key))
    await buyer.becomes(lambda order: order.payment_status == "charged_back")

    await buyer.parcel("lost", number=1)
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "cancelled"
    assert shop.payments.refunds == ()


async def test_a_charge_back_after_the_end_is_told_to_somebody_and_the_order_stays(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await buyer.parcel("delivered")
    await buyer.comes_to_rest()
    key = await shop.payments.attempt_of(buyer.id)

    await buyer.hears(shop.payments.charge_back(key))
    await shop.late_payment_rests(key)
    order = await buyer.order()

    assert (order.status, order.payment_status) == ("completed", "charged_back")
    await shop.somebody_is_told("charged_back")


async def test_money_given_back_at_the_provider_after_the_end_is_recorded(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.is_paid()
    await buyer.parcel("delivered")
    await buyer.comes_to_rest()
    key = await shop.payments.attempt_of(buyer.id)

    await buyer.hears(shop.payments.refunded_at_provider(key), times=2)
    order = await buyer.becomes(lambda order: order.refunds_done)

    assert (order.status, order.cancel_reason, order.refunded) == ("cancelled", "refunded", cny(10_000))


async def test_money_that_comes_for_every_attempt_is_kept_once(shop: Shop) -> None:
    buyer = await shop.an_order()
    keys = []
    for nth in range(1, 4):
        answer = await (
            buyer.checks_out() if nth == 1 else shop.workflows.pay_again(buyer.id, PayAgain(f"again-{nth}"))
        )
        keys.append(answer.payment_key)
        if nth < 3:
            await buyer.hears(shop.payments.buyer_declines(answer.payment_key))
            await buyer.becomes(lambda order: order.payment_status == "failed")
    for key in reversed(keys):
        await buyer.hears(shop.payments.happens(key, FactKind.CAPTURED, cny(10_000)), times=2)

    order = await buyer.becomes(lambda order: len(order.refunds_done) == 2)

    assert (order.status, order.captured, order.refunded) == ("paid", cny(30_000), cny(20_000))
    assert len(shop.payments.refunds) == 2


async def _pauses(buyer: Customer) -> list[float]:
    """How long the workflow has meant to wait each time, in seconds."""
    return [
        event.timer_started_event_attributes.start_to_fire_timeout.ToTimedelta().total_seconds()
        async for event in buyer.handle.fetch_history_events()
        if event.HasField("timer_started_event_attributes")
    ]


async def _refunds(shop: Shop) -> object:
    return shop.payments.refunds
