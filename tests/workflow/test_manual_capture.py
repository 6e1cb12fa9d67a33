"""Money that is authorised at checkout and taken when the first goods leave."""

from datetime import timedelta
from typing import Any

import pytest

from domain.catalogue.items import Category
from domain.payment.facts import FactKind
from domain.ports.stock import StockLevel
from domain.pricing.request import Wishes
from domain.stock.allowance import Allowance
from tests.support.fake_gateway import Operation, Trouble
from tests.workflow.gates import until
from tests.workflow.offers import Offers
from tests.workflow.shop import Customer, Shop, cny
from workflows.client import OrderRefusedError
from workflows.contracts import AcceptService, CancelOrder, PayAgain

BY_BUYER = CancelOrder("buyer", "buyer-1")
ALL_BACK = StockLevel("tea", available=5, held=0, sold=0)
SOON = timedelta(milliseconds=300)


async def test_an_authorised_order_is_paid_and_nothing_is_taken_before_goods_leave(shop: Shop) -> None:
    buyer = await _by_card(shop)

    order = await buyer.is_paid()

    assert (order.status, order.payment_status) == ("paid", "authorised")
    assert order.captured == cny(0)
    assert shop.payments.charges == ()


async def test_the_money_is_taken_when_the_first_parcel_leaves(shop: Shop) -> None:
    buyer = await _by_card(shop)
    await buyer.is_paid()

    await buyer.carried("handed_over")
    order = await buyer.becomes(lambda order: order.payment_status == "captured")
    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()

    assert (order.status, order.captured) == ("shipped", cny(10_000))
    assert [fact.amount for fact in shop.payments.charges] == [cny(10_000)]
    assert (outcome.status, outcome.captured, outcome.refunded) == ("completed", cny(10_000), cny(0))


async def test_files_are_handed_over_with_the_authorisation_so_the_money_is_taken_at_once(shop: Shop) -> None:
    await shop.sells("e-book", category=Category.VIRTUAL)
    buyer = await _by_card(shop, ("e-book", 1))

    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured) == ("completed", cny(10_000))


async def test_cancelling_lets_the_authorised_money_go(shop: Shop) -> None:
    buyer = await _by_card(shop)
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)

    await shop.workflows.cancel(buyer.id, BY_BUYER)
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured, outcome.refunded) == ("cancelled", cny(0), cny(0))
    assert "PaymentVoided" in await buyer.kinds()
    assert FactKind.CANCELLED in shop.payments.payments[key].kinds
    assert shop.payments.refunds == ()
    assert await shop.stock.level("tea") == ALL_BACK


async def test_a_silent_provider_is_asked_to_let_the_money_go_until_it_does(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.policies.MONEY_PATIENCE", SOON)
    monkeypatch.setattr("workflows.policies.MONEY_FIRST_PAUSE", SOON)
    buyer = await _by_card(shop)
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)
    shop.payments.next_call(Operation.CANCEL, Trouble.UNAVAILABLE, times=3)

    await shop.workflows.cancel(buyer.id, BY_BUYER)
    await buyer.comes_to_rest()

    assert FactKind.CANCELLED in shop.payments.payments[key].kinds


async def test_a_capture_that_timed_out_is_asked_again_and_taken_once(shop: Shop) -> None:
    buyer = await _by_card(shop)
    await buyer.is_paid()
    shop.payments.next_call(Operation.CAPTURE, Trouble.EXECUTED_THEN_TIMEOUT)

    await buyer.carried("handed_over")
    await buyer.becomes(lambda order: order.payment_status == "captured")

    assert [fact.amount for fact in shop.payments.charges] == [cny(10_000)]


async def test_a_refused_capture_is_put_before_a_person_and_the_goods_go_on(shop: Shop) -> None:
    buyer = await _by_card(shop)
    await buyer.is_paid()
    shop.payments.next_call(Operation.CAPTURE, Trouble.REFUSED)

    await buyer.carried("handed_over")
    await shop.somebody_is_told("capture_refused")
    await buyer.carried("delivered")
    order = await buyer.becomes(lambda order: order.fulfilment_status == "delivered")

    assert (order.status, order.payment_status) == ("shipped", "in_review")
    assert order.captured == cny(0)


async def test_an_order_is_not_completed_while_its_money_is_only_promised(shop: Shop) -> None:
    buyer = await _by_card(shop)
    await buyer.is_paid()
    shop.payments.next_call(Operation.CAPTURE, Trouble.UNAVAILABLE, times=2)

    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()

    kinds = await buyer.kinds()
    assert kinds.index("PaymentCaptured") < kinds.index("OrderCompleted")
    assert outcome.captured == cny(10_000)


async def test_an_authorisation_that_ends_before_anything_left_ends_the_order(shop: Shop) -> None:
    buyer = await _by_card(shop)
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)

    await buyer.hears(shop.payments.authorisation_ends(key))
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_failed")
    assert "PaymentVoided" in await buyer.kinds()
    assert shop.carrier.recalled == {buyer.shipment(1)}
    assert await shop.stock.level("tea") == ALL_BACK


async def test_goods_that_were_dropped_before_the_capture_are_not_charged(shop: Shop) -> None:
    await shop.sells("setup", price=3_000, category=Category.SERVICE)
    buyer = await _by_card(shop, ("tea", 1), ("setup", 1))
    await buyer.is_paid()

    await shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "shop-7", accepted=False))
    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.captured, outcome.refunded) == ("completed", cny(10_000), cny(0))
    assert [fact.amount for fact in shop.payments.charges] == [cny(10_000)]
    assert await shop.stock.level("setup") == StockLevel("setup", available=5, held=0, sold=0)


async def test_a_service_that_is_all_of_an_order_and_declined_costs_nothing(shop: Shop) -> None:
    await shop.sells("setup", category=Category.SERVICE)
    buyer = await _by_card(shop, ("setup", 1))
    await buyer.is_paid()
    key = await shop.payments.attempt_of(buyer.id)

    await shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "shop-7", accepted=False))
    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "merchant")
    assert shop.payments.charges == ()
    assert FactKind.CANCELLED in shop.payments.payments[key].kinds


async def test_points_of_goods_that_were_not_charged_come_back(shop: Shop) -> None:
    offers = Offers(shop)
    await offers.points(2_000)
    await shop.sells("setup", price=10_000, category=Category.SERVICE)
    buyer = await _by_card(shop, ("tea", 1), ("setup", 1), points=2_000)
    await buyer.is_paid()

    await shop.workflows.accept_service(buyer.id, AcceptService("shop-7", "shop-7", accepted=False))
    spent = await shop.stock.allowance(Allowance.of_points("buyer-1"))
    await buyer.carried("delivered")
    outcome = await buyer.comes_to_rest()

    assert spent is not None
    assert (spent.available, spent.consumed) == (0, 2_000)
    assert outcome.captured == cny(9_000)
    left = await shop.stock.allowance(Allowance.of_points("buyer-1"))
    assert left is not None
    assert (left.available, left.consumed) == (1_000, 1_000)


async def test_an_authorisation_whose_callback_was_lost_is_found_at_the_deadline_and_kept(shop: Shop) -> None:
    buyer = await _by_card(shop, payment_window=timedelta(seconds=1))
    await buyer.checks_out()

    await buyer.pays()
    order = await buyer.becomes(lambda order: order.status == "paid")

    assert order.payment_status == "authorised"
    assert shop.payments.charges == ()


async def test_an_unpaid_order_by_card_ends_at_its_deadline(shop: Shop) -> None:
    buyer = await _by_card(shop, payment_window=SOON)
    answer = await buyer.checks_out()

    outcome = await buyer.comes_to_rest()

    assert (outcome.status, outcome.cancel_reason) == ("cancelled", "payment_timeout")
    assert (Operation.CANCEL, answer.payment_key) in shop.payments.calls


async def test_another_amount_than_the_total_is_not_a_promise(shop: Shop) -> None:
    buyer = await _by_card(shop)
    await buyer.checks_out()

    await buyer.hears(*await buyer.pays(amount=cny(1)))
    order = await buyer.becomes(lambda order: order.in_review)

    assert order.status == "created"


async def test_other_methods_are_taken_at_once(shop: Shop) -> None:
    buyer = await shop.an_order(manual_capture_methods=("card",))

    order = await buyer.is_paid()

    assert order.payment_status == "captured"


async def test_an_authorised_order_whose_goods_left_cannot_be_cancelled(shop: Shop) -> None:
    buyer = await _by_card(shop)
    await buyer.is_paid()
    await buyer.carried("handed_over")
    await buyer.becomes(lambda order: order.payment_status == "captured")

    with pytest.raises(OrderRefusedError) as refused:
        await shop.workflows.cancel(buyer.id, BY_BUYER)

    assert refused.value.code == "invalid_state_transition"


async def test_a_second_authorised_attempt_is_let_go(shop: Shop) -> None:
    buyer = await _by_card(shop)
    first = await buyer.checks_out()
    await buyer.hears(shop.payments.buyer_declines(first.payment_key))
    await buyer.becomes(lambda order: order.payment_status == "failed")
    await shop.workflows.pay_again(buyer.id, PayAgain("again-1"))
    await buyer.pays_and_it_is_reported(nth=2)
    await buyer.becomes(lambda order: order.status == "paid")

    late = shop.payments.happens(first.payment_key, FactKind.AUTHORISED, cny(10_000))
    await buyer.hears(late)

    await until(lambda: _kinds(shop, first.payment_key), lambda kinds: FactKind.CANCELLED in kinds)
    assert (await buyer.order()).payment_status == "authorised"


async def _kinds(shop: Shop, key: str) -> set[FactKind]:
    return shop.payments.payments[key].kinds


async def _by_card(shop: Shop, *lines: tuple[str, int], points: int = 0, **policies: Any) -> Customer:
    wishes = Wishes(payment_method="card", points=points)
    return await shop.an_order(*lines, wishes=wishes, manual_capture_methods=("card",), **policies)
