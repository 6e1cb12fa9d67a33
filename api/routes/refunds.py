"""Money back without a return, and money that a person must decide on."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, actor_of, needs
from api.answers import json_answer
from api.dependencies import services_of
from api.documentation import IDEMPOTENCY_KEY, described
from api.json_body import read_body
from api.order.parts import refund_view
from api.order.paths import order_path
from api.order.reach import decide, made_id, see, see_started
from api.order.reading import FoundOrder
from api.order.refused import A_CHANGE, A_LOOK
from api.order.tags import tagged
from api.preconditions import IF_MATCH, seen_version
from api.routes.returns import units_of
from api.schemas.after_sale import PaymentReviewBody, RefundAnswer, RefundBody, RefundsView
from api.schemas.orders import OrderView
from domain.money import Money
from domain.ports.intake import StoredAnswer
from workflows.contracts import RequestRefund, SettleReview

router = APIRouter(prefix="/v1/orders/{order_id}", tags=["after-sale"])


@router.post(
    "/refunds",
    status_code=201,
    dependencies=[needs(Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR)],
    **described(
        body=RefundBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={201: RefundAnswer},
        refusals=("refund_exceeds_captured", "not_returnable", "currency_mismatch", *A_CHANGE),
        example={"lines": [{"line": 1, "quantity": 1}], "reason": "goodwill"},
    ),
)
async def request_refund(request: Request, order_id: str) -> Response:
    """Give money back after shipment, without goods coming back: some lines, an amount, or all that is left.

    Before shipment the way is to cancel.
    """
    body = await read_body(request, RefundBody)
    lines = None if body.lines is None else tuple(part.line for part in body.lines)
    services = services_of(request)
    await decide(request, order_id, lines)
    amount = Money(body.amount.amount, body.amount.currency) if body.amount else None

    async def refund(key: str) -> StoredAnswer:
        wish = RequestRefund(
            refund_id=made_id(request, "rfd", key),
            by=actor_of(request),
            units=units_of(body.lines or ()),
            amount=amount,
            reason=body.reason,
            expected_version=seen_version(request),
        )
        return await services.after_sale.request_refund(order_id, wish)

    return tagged(await services.once.answer(request, body, refund), f"{order_path(order_id)}/refunds")


@router.get(
    "/refunds",
    dependencies=[needs(Scope.CALLER, Scope.MERCHANT, Scope.OPERATOR, Scope.FINANCE)],
    **described(answers={200: RefundsView}, refusals=A_LOOK),
)
async def list_refunds(request: Request, order_id: str) -> Response:
    """All refunds of an order, the oldest first."""
    found = await see(request, order_id)
    refunds = found.order.refunds if isinstance(found, FoundOrder) else ()
    return json_answer({"items": [refund_view(refund) for refund in refunds]})


@router.post(
    "/payment-review",
    dependencies=[needs(Scope.OPERATOR, Scope.FINANCE)],
    **described(
        body=PaymentReviewBody,
        headers=(IDEMPOTENCY_KEY, IF_MATCH),
        answers={200: OrderView},
        refusals=("payment_not_in_review", "payment_amount_mismatch", "refund_exceeds_captured", *A_CHANGE),
        example={"payment_key": "pay_ord_2vD3kq_1", "decision": "send_back"},
    ),
)
async def settle_review(request: Request, order_id: str) -> Response:
    """Decide what money in review is: the payment, money to send back, or nothing that we owe.

    `send_back` of money that was promised back before asks the provider for it once more.
    """
    body = await read_body(request, PaymentReviewBody)
    services = services_of(request)
    await see_started(request, order_id)

    async def settle(_key: str) -> StoredAnswer:
        word = SettleReview(body.payment_key, body.decision, actor_of(request), seen_version(request))
        return await services.after_sale.settle_review(order_id, word)

    return tagged(await services.once.answer(request, body, settle))
