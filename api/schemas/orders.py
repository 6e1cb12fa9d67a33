"""Requests and answers about orders."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from api.schemas.after_sale import RefundView, ReturnView
from api.schemas.shipments import ShipmentView
from api.schemas.values import (
    AddressBody,
    AddressView,
    AnswerBody,
    Identifier,
    Instant,
    Lines,
    MoneyBody,
    RequestBody,
    TextsView,
)
from domain.catalogue.items import Category
from domain.order.actions import Action
from domain.order.status import AfterSaleStatus, CancelReason, FulfilmentStatus, OrderStatus, PaymentStatus
from domain.payment.capture import CaptureMode
from domain.pricing.reasons import Reason


class PlaceOrderBody(RequestBody):
    """Places an order at the price of a snapshot. The address is needed when a line is physical."""

    buyer_id: Annotated[Identifier, Field(examples=["buyer-7"])]
    snapshot_id: Annotated[Identifier, Field(examples=["snap_5Jt0bW4m2Q"])]
    lines: Lines
    address: AddressBody | None = None


class CallerCancelReason(StrEnum):
    """Why a caller may end an order; the other reasons belong to the order itself."""

    BUYER = "buyer"
    MERCHANT = "merchant"
    FRAUD = "fraud"


class CancelBody(RequestBody):
    """Ends an order that is not shipped. `by` is who asked, free of personal data."""

    reason: CallerCancelReason
    by: Identifier | None = None


class ConfirmPriceBody(RequestBody):
    """Agrees to the price of the snapshot that the order's message named."""

    snapshot_id: Identifier


class EmptyBody(RequestBody):
    """Nothing to say: `{}`."""


class AcceptedOrder(AnswerBody):
    """An order that is safely written down and will be started."""

    order_id: str
    number: str
    status: Literal["accepted"]


class OrderLineView(AnswerBody):
    """One line of an order, priced."""

    line: int
    sku: str
    merchant_id: str
    title: str
    category: Category
    quantity: int
    unit_price: MoneyBody
    amount: MoneyBody


class OrderView(AnswerBody):
    """An order as it stands. `version` is also its ETag.

    `total` is the sum of `goods`, `delivery_fee` and `other_charges`. With manual `capture` the money is only
    `authorised` until goods leave; `refundable` is what could still go back. `shipment_id` stands for all of
    `shipments` at once.
    """

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(examples=["ord_2vD3kq"])]
    number: Annotated[str, Field(examples=["7KQ2M-9XWTAB"])]
    status: OrderStatus
    payment_status: PaymentStatus
    fulfilment_status: FulfilmentStatus
    after_sale_status: AfterSaleStatus
    buyer_id: str
    currency: str
    lines: list[OrderLineView]
    address: AddressView | None
    goods: MoneyBody
    delivery_fee: MoneyBody
    other_charges: MoneyBody
    total: MoneyBody
    capture: CaptureMode
    authorised: MoneyBody
    captured: MoneyBody
    refunded: MoneyBody
    refundable: MoneyBody
    cancel_reason: CancelReason | None
    payment_deadline: Instant | None
    payment_key: str | None
    pay_url: str | None = None
    shipment_id: str | None
    shipments: list[ShipmentView]
    returns: list[ReturnView]
    refunds: list[RefundView]
    created_at: Instant
    updated_at: Instant
    version: int
    allowed_actions: list[Action]
    links: dict[str, str]


class PendingOrderView(AnswerBody):
    """An order that was accepted and has no events: not started yet, or refused before it began.

    `refusal` is the slug of the refusal.
    """

    id: str
    number: str
    status: Literal["accepted", "refused"]
    refusal: str | None
    buyer_id: str
    currency: str
    total: MoneyBody
    created_at: Instant
    version: Literal[0]
    allowed_actions: list[Action] = Field(max_length=0)
    links: dict[str, str]


class PaymentView(AnswerBody):
    """The open attempt: where the buyer pays, and until when."""

    key: str
    status: PaymentStatus
    pay_url: str | None
    deadline: Instant | None


class MessageView(AnswerBody):
    """A business remark on a request that is valid. `resolution` says who can do what about it."""

    code: Annotated[str, Field(examples=["price_changed"])]
    severity: str
    resolution: str
    old_total: MoneyBody | None = None
    new_total: MoneyBody | None = None
    difference: MoneyBody | None = None
    reason: Reason | None = None
    reason_text: TextsView | None = None
    snapshot_id: str | None = None


class OrderAnswer(AnswerBody):
    """The first answer to a checkout."""

    order: OrderView
    payment: PaymentView | None
    messages: list[MessageView]


class PaymentAnswer(AnswerBody):
    """Another attempt to pay."""

    payment: PaymentView
