"""Returns and refunds: what is asked, decided and answered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from api.schemas.shipments import UnitsBody
from api.schemas.values import AnswerBody, Code, Identifier, MoneyBody, PriceBody, RequestBody
from domain.order.lines import MOST_LINES
from domain.order.returns import ReturnReason, ReturnStatus
from domain.payment.review import ReviewDecision

_LONGEST_COMMENT = 500
# Several lines of text, without other control characters.
_TEXT = r"^[^\x00-\x08\x0b-\x1f\x7f]*$"


def _each_once(lines: tuple[UnitsBody, ...]) -> tuple[UnitsBody, ...]:
    if len({part.line for part in lines}) != len(lines):
        raise PydanticCustomError("line_repeated", "must name each line once")
    return lines


SomeLines = Annotated[
    tuple[UnitsBody, ...],
    Field(min_length=1, max_length=MOST_LINES, json_schema_extra={"uniqueItems": True}),
    AfterValidator(_each_once),
]
Comment = Annotated[str, StringConstraints(max_length=_LONGEST_COMMENT, pattern=_TEXT)]


class ReturnBody(RequestBody):
    """Units that the buyer does not want to keep. With `exchange` they want other goods instead."""

    lines: SomeLines
    reason: ReturnReason
    exchange: bool = False


class DecisionBody(RequestBody):
    """The merchant's word on a return. Without `goods_back` the money goes back and the goods stay."""

    approved: bool
    goods_back: bool = True
    comment: Comment = ""


class ReceiptBody(RequestBody):
    """Goods that came back and are accepted. `restock` puts them up for sale again, in that warehouse."""

    lines: SomeLines
    restock: bool = True
    warehouse_id: Identifier | None = None


class ExchangeBody(RequestBody):
    """The order that the buyer got instead."""

    order_id: Identifier


class RefundBody(RequestBody):
    """Money back: for some units, an amount, or all that is left when neither is given."""

    lines: SomeLines | None = None
    amount: PriceBody | None = None
    reason: Code = "goodwill"

    @model_validator(mode="after")
    def _not_both(self) -> RefundBody:
        if self.lines is not None and self.amount is not None:
            raise PydanticCustomError("lines_or_amount", "must have lines or an amount, not both")
        if self.amount is not None and self.amount.amount == 0:
            raise PydanticCustomError("nothing_to_refund", "must give back more than nothing")
        return self


class PaymentReviewBody(RequestBody):
    """A person's decision on the money of one attempt that is in review."""

    payment_key: Identifier
    decision: ReviewDecision


class ReturnView(AnswerBody):
    """One request of the buyer, and what became of it. `refund_key` names the refund once it was decided."""

    id: Annotated[str, Field(examples=["ret_5Jt0bW4m2Q"])]
    status: ReturnStatus
    lines: list[UnitsBody]
    reason: ReturnReason
    exchange: bool
    goods_back: bool
    received: list[UnitsBody]
    refund_key: str | None
    new_order_id: str | None
    links: dict[str, str]


class ReturnAnswer(ReturnView):
    """A return by itself. `order_version` is the ETag of its order."""

    order_version: int


class ReturnsView(AnswerBody):
    """All returns of an order, the oldest first."""

    items: list[ReturnView]


class RefundedLineView(AnswerBody):
    """Units whose money goes back, and how much that is: their part of the line's goods."""

    line: int
    quantity: int
    amount: MoneyBody


class RefundView(AnswerBody):
    """Money on its way back. `cause` is the return, shipment or request behind it, null for a whole attempt.

    What `lines` do not make up of `amount` is charges, or an amount that belongs to no line.
    """

    key: Annotated[str, Field(examples=["ref_pay_ord_2vD3kq_1_ret_5Jt0bW4m2Q"])]
    payment_key: str
    status: Literal["requested", "done"]
    amount: MoneyBody
    reason: str
    cause: str | None
    lines: list[RefundedLineView]


class RefundAnswer(RefundView):
    """A refund by itself. `order_version` is the ETag of its order."""

    order_version: int


class RefundsView(AnswerBody):
    """All refunds of an order, the oldest first."""

    items: list[RefundView]
