"""What comes of money: in time, twice, late, wrong, unknown, or not at all."""

from datetime import timedelta

import pytest

from domain.money import Money
from domain.payment.facts import FactKind
from domain.ports.stock import StockLevel
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.shop import Customer, Shop, cny
from workflows.client import OrderRefusedError
from workflows.contracts import CancelOrder, PayAgain

SOON = timedelta(seconds=1)
ALL_BACK = StockLevel("tea", available=5, held=0, sold=0)


async def test_a_declined_buyer_pays_with_a_second_attempt(shop: Shop) -> None:
    buyer = await shop.an_order()
    first = await buyer.checks_out()
    await buyer.hears(shop.payments.buyer_declines(first.payment_key))
    await buyer.becomes(lambda order: order.payment_status == "failed")

    second = await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))
    await buyer.pays_and_it_is_reported(nth=2)
    order = await buyer.becomes(lambda order: order.status == "paid")

    assert second.payment_key != first.payment_key
    assert second.pay_url
    assert order.captured == cny(10_000)


async def test_paying_again_under_the_same_request_opens_one_attempt(shop: Shop) -> None:
    buyer = await shop.an_order()
    first = await buyer.checks_out()
    await buyer.hears(shop.payments.buyer_declines(first.payment_key))
    await buyer.becomes(lambda order: order.payment_status == "failed")

    answers = [await shop.workflows.pay_again(buyer.id, PayAgain("again-1")) for _ in range(3)]

    assert len(set(answers)) == 1
    assert len(shop.payments.keys_of(buyer.id)) == 2


async def test_paying_again_is_refused_while_an_attempt_is_open(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))

    assert refused.value.code == "payment_not_possible"
    assert "workflow_execution_update_rejected" not in await buyer.history()


async def test_an_order_that_is_never_paid_ends_at_its_deadline_and_gives_the_goods_back(shop: Shop) -> None:
    buyer = await shop.an_order(payment_window=SOON)

    answer = await buyer.checks_out()
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_timeout")
    assert await shop.stock.level("tea") == ALL_BACK
    assert (Operation.CANCEL, answer.payment_key) in shop.payments.calls


async def test_money_that_only_the_provider_knows_of_is_found_at_the_deadline(shop: Shop) -> None:
    buyer = await shop.an_order(payment_window=SOON)

    await buyer.checks_out()
    await buyer.pays()
    order = await buyer.becomes(lambda order: order.status != "created")

    assert order.status == "paid"
    assert order.captured == cny(10_000)


async def test_a_provider_that_is_silent_at_the_deadline_is_asked_until_it_answers(shop: Shop) -> None:
    buyer = await shop.an_order(payment_window=SOON)
    shop.payments.next_call(Operation.CANCEL, Trouble.UNAVAILABLE, times=4)

    await buyer.checks_out()
    await buyer.pays()
    order = await buyer.becomes(lambda order: order.status != "created")

    assert order.status == "paid"


async def test_callbacks_repeated_and_out_of_order_have_one_effect(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    authorised, captured = await buyer.pays()

    await buyer.hears(captured, authorised, times=3)
    await buyer.becomes(lambda order: order.status == "paid")
    await buyer.hears(captured, authorised, captured)
    await buyer.parcel("delivered")
    outcome = await buyer.comes_to_rest()

    assert (await buyer.kinds()).count("PaymentConfirmed") == 1
    assert outcome.captured == cny(10_000)
    assert len(shop.payments.refunds) == 0


async def test_a_late_payment_for_a_cancelled_order_goes_back_once(shop: Shop) -> None:
    buyer = await _a_cancelled_order(shop)
    captured = shop.payments.happens(await shop.payments.attempt_of(buyer.id), FactKind.CAPTURED, cny(10_000))

    await buyer.hears(captured, times=3)
    outcome = await shop.late_payment_rests(captured.payment_key)

    assert (outcome.captured, outcome.refunded) == (cny(10_000), cny(10_000))
    assert [fact.amount for fact in shop.payments.refunds] == [cny(10_000)]
    assert "money_returned" in {notice.code for notice in shop.notices.buyer_notices}


async def test_a_late_payment_heard_of_again_after_the_refund_changes_nothing(shop: Shop) -> None:
    buyer = await _a_cancelled_order(shop)
    captured = shop.payments.happens(await shop.payments.attempt_of(buyer.id), FactKind.CAPTURED, cny(10_000))
    await buyer.hears(captured)
    before = await buyer.becomes(lambda order: order.refunds_done)
    await shop.late_payment_rests(captured.payment_key)

    await buyer.hears(captured, *shop.payments.refunds)
    await shop.late_payment_rests(captured.payment_key)

    assert await buyer.order() == before
    assert len(shop.payments.refunds) == 1


async def test_money_of_a_second_attempt_goes_back_while_the_order_goes_on(shop: Shop) -> None:
    buyer = await shop.an_order()
    first = await buyer.checks_out()
    await buyer.hears(shop.payments.buyer_declines(first.payment_key))
    await buyer.becomes(lambda order: order.payment_status == "failed")
    await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))
    await buyer.pays_and_it_is_reported(nth=2)
    await buyer.becomes(lambda order: order.status == "paid")

    # The bank took the first one after all, before it said no.
    captured = shop.payments.happens(first.payment_key, FactKind.CAPTURED, cny(10_000))
    await buyer.hears(captured)
    order = await buyer.becomes(lambda order: order.refunds_done)

    assert order.status == "paid"
    assert (order.captured, order.refunded) == (cny(20_000), cny(10_000))


async def test_a_wrong_amount_is_never_paid_and_goes_back_after_the_review(shop: Shop) -> None:
    buyer = await shop.an_order(review_window=SOON)
    await buyer.checks_out()

    await buyer.hears(*await buyer.pays(amount=cny(9_999)))
    outcome = await buyer.comes_to_rest()

    assert "PaymentConfirmed" not in await buyer.kinds()
    assert "PaymentPutInReview" in await buyer.kinds()
    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_failed")
    assert [fact.amount for fact in shop.payments.refunds] == [cny(9_999)]
    assert {alert.code for alert in await shop.notices.alerts(10)} == {"amount_mismatch"}
    assert await shop.stock.level("tea") == ALL_BACK


async def test_money_of_another_currency_is_left_to_a_person(shop: Shop) -> None:
    buyer = await shop.an_order(review_window=SOON)
    await buyer.checks_out()

    await buyer.hears(*await buyer.pays(amount=Money(10_000, "USD")))
    outcome = await buyer.comes_to_rest()

    assert outcome.status == "cancelled"
    assert len(shop.payments.refunds) == 0
    assert "amount_mismatch" in {alert.code for alert in await shop.notices.alerts(10)}


async def test_goods_that_are_gone_when_the_money_comes_end_the_order_with_the_money_back(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 5))
    await buyer.checks_out()
    await shop.stock.expire_holds(buyer.start.accepted_at + timedelta(hours=1), 10)
    faster = await shop.an_order(("tea", 1))
    await faster.checks_out()

    await buyer.pays_and_it_is_reported()
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "out_of_stock")
    assert (outcome.captured, outcome.refunded) == (cny(50_000), cny(50_000))
    assert await shop.stock.level("tea") == StockLevel("tea", available=4, held=1, sold=0)


async def test_an_expired_hold_is_taken_again_when_the_goods_are_still_there(shop: Shop) -> None:
    buyer = await shop.an_order(("tea", 2))
    await buyer.checks_out()
    await shop.stock.expire_holds(buyer.start.accepted_at + timedelta(hours=1), 10)

    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")

    assert await shop.stock.level("tea") == StockLevel("tea", available=3, held=0, sold=2)


async def test_a_provider_that_refuses_the_request_leaves_the_buyer_another_attempt(shop: Shop) -> None:
    shop.payments.next_call(Operation.REQUEST, Trouble.REFUSED)
    buyer = await shop.an_order()

    answer = await buyer.checks_out()
    again = await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))

    assert (answer.status, answer.payment_status, answer.pay_url) == ("created", "failed", "")
    assert again.pay_url


async def test_a_request_that_timed_out_is_repeated_under_the_same_key(shop: Shop) -> None:
    shop.payments.next_call(Operation.REQUEST, Trouble.EXECUTED_THEN_TIMEOUT, times=2)
    buyer = await shop.an_order()

    answer = await buyer.checks_out()

    assert answer.pay_url
    assert set(shop.payments.calls) == {(Operation.REQUEST, answer.payment_key)}


async def test_the_buyer_gets_an_answer_while_the_provider_is_away(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.policies.BUYER_PATIENCE", timedelta(milliseconds=600))
    shop.payments.next_call(Operation.REQUEST, Trouble.UNAVAILABLE, times=4)
    buyer = await shop.an_order()

    answer = await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    order = await buyer.becomes(lambda order: order.status == "paid")

    assert (answer.status, answer.pay_url) == ("created", "")
    assert len(order.attempts) == 1


async def test_a_refund_that_fails_is_tried_until_it_works(shop: Shop) -> None:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(lambda order: order.status == "paid")
    shop.payments.next_call(Operation.REFUND, Trouble.UNAVAILABLE, times=3)

    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    outcome = await buyer.comes_to_rest()

    assert outcome.refunded == cny(10_000)
    assert len(shop.payments.refunds) == 1


async def _a_cancelled_order(shop: Shop) -> Customer:
    buyer = await shop.an_order()
    await buyer.checks_out()
    await shop.workflows.cancel(buyer.id, CancelOrder("buyer", "buyer-1"))
    await buyer.comes_to_rest()
    return buyer
