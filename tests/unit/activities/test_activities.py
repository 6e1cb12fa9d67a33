"""What activities answer when the world says no, says nothing, or has heard it before."""

from datetime import UTC, datetime, timedelta

import pytest
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.contracts import ConfirmHolds
from activities.payment_contracts import PaymentKey, RefundPayment, RequestPayment
from activities.payments import REFUSED, PaymentActivities
from activities.stock import StockActivities
from adapters.memory.payments import MemoryPaymentAttempts
from adapters.memory.stock import MemoryStockLedger
from domain.money import Money
from domain.payment.facts import FactKind
from domain.ports.payments import RefundReceipt, RefundRequest, RefundState
from tests.support.fake_gateway import FakeGateway, Operation, Trouble

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ASKED = RequestPayment("pay_1", "ord_1", "AAAAA-BBBBBC", Money(100, "CNY"), NOW + timedelta(days=99_999))
REFUND = RefundPayment("ref_1", "pay_1", Money(100, "CNY"), "order_cancelled")


@pytest.fixture
def gateway() -> FakeGateway:
    return FakeGateway()


@pytest.fixture
def attempts() -> MemoryPaymentAttempts:
    return MemoryPaymentAttempts()


@pytest.fixture
def payments(gateway: FakeGateway, attempts: MemoryPaymentAttempts) -> PaymentActivities:
    return PaymentActivities({"sandbox": gateway}, attempts)


async def test_an_attempt_is_remembered_before_the_provider_hears_of_it(
    payments: PaymentActivities, gateway: FakeGateway, attempts: MemoryPaymentAttempts
) -> None:
    gateway.next_call(Operation.REQUEST, Trouble.UNAVAILABLE)

    with pytest.raises(ApplicationError) as silent:
        await payments.request_payment(ASKED)

    assert await attempts.order_of("pay_1") == "ord_1"
    assert silent.value.type == "payment_outcome_unknown"
    assert silent.value.category is ApplicationErrorCategory.BENIGN
    assert not silent.value.non_retryable


async def test_a_refusal_of_the_provider_is_a_result(
    payments: PaymentActivities, gateway: FakeGateway
) -> None:
    gateway.next_call(Operation.REQUEST, Trouble.REFUSED)
    gateway.next_call(Operation.REFUND, Trouble.REFUSED)

    assert (await payments.request_payment(ASKED)).refused == REFUSED
    assert (await payments.refund_payment(REFUND)).refused == REFUSED


async def test_a_provider_that_will_not_close_a_payment_is_asked_what_became_of_it(
    payments: PaymentActivities, gateway: FakeGateway
) -> None:
    await payments.request_payment(ASKED)
    gateway.buyer_pays("pay_1")
    gateway.next_call(Operation.CANCEL, Trouble.REFUSED)

    answer = await payments.cancel_payment(PaymentKey("pay_1"))

    assert FactKind.CAPTURED in {fact.kind for fact in answer.facts}


async def test_a_refund_is_done_only_when_the_provider_says_so(attempts: MemoryPaymentAttempts) -> None:
    class Slow(FakeGateway):
        async def refund_payment(self, request: RefundRequest) -> RefundReceipt:
            return RefundReceipt(request.key, "r", request.amount, RefundState.PENDING)

    with pytest.raises(ApplicationError) as pending:
        await PaymentActivities({"sandbox": Slow()}, attempts).refund_payment(REFUND)

    assert pending.value.type == "refund_pending"


async def test_confirming_a_hold_that_never_was_is_a_refusal() -> None:
    answer = await StockActivities(MemoryStockLedger()).confirm_holds(ConfirmHolds("ord_1", NOW))

    assert answer.refused
    assert answer.missing
