"""Messages of the Order workflow: one frozen type for each. Only ever add optional fields."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from activities.contracts import OrderPolicies
from domain.address import Address
from domain.money import Money
from domain.order.returns import ReturnReason
from domain.order.shipments import Units
from domain.payment.review import ReviewDecision
from domain.stock.hold import Shortage


@dataclass(frozen=True, slots=True)
class Message:
    """A business remark on a valid request, as in the API's `messages[]`. `reason` is a `Reason` or empty.

    `price_changed` with severity `warning` asks the buyer; with `info` it tells of a lower price that is
    charged without a question.
    """

    code: str
    severity: str = "info"
    old_total: Money | None = None
    new_total: Money | None = None
    snapshot_id: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One part of a price and its amount, for people."""

    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """What an order's price is made of, for people: amounts as they read them; empty until there is one.

    `text` is the whole of it, such as `1000.00 − 20.00 + 10.00 = 990.00`.
    """

    goods: str = ""
    delivery_fee: str = ""
    other_charges: str = ""
    total: str = ""
    text: str = ""
    steps: tuple[ShownStep, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckoutAnswer:
    """The first answer to a checkout: created, refused, or a question to the buyer.

    `refusal` is a slug (`out_of_stock`, `promotion_sold_out`, …) or empty. `snapshot_id` with
    status `draft` names the new snapshot to confirm. `created_at` and `updated_at` are
    the times of its first event and of event `version`.
    """

    order_id: str
    status: str
    total: Money | None = None
    snapshot_id: str = ""
    payment_status: str = "none"
    payment_key: str = ""
    pay_url: str = ""
    payment_deadline: datetime | None = None
    messages: tuple[Message, ...] = ()
    refusal: str = ""
    shortages: tuple[Shortage, ...] = ()
    version: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ConfirmPrice:
    """The buyer agrees to the price of that snapshot."""

    snapshot_id: str


@dataclass(frozen=True, slots=True)
class CancelOrder:
    """End the order. `reason` is a `CancelReason`, `by` who asked. `expected_version`, here and below, is the
    version that the caller has seen; another one is not touched.
    """

    reason: str
    by: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class PayAgain:
    """Open another attempt after a failed one; `request_id` makes a repeat harmless."""

    request_id: str


@dataclass(frozen=True, slots=True)
class ShipmentReported:
    """A carrier's word. `kind` is a `CarrierFactKind`; `event_id` makes a repeat harmless.

    `shipment_id` is one shipment's, or `shp_{order_id}` for all that the order has. `by` is who says so, for
    the audit.
    """

    event_id: str
    shipment_id: str
    kind: str
    occurred_at: datetime
    by: str = ""


@dataclass(frozen=True, slots=True)
class OrderOutcome:
    """Result of the workflow: how the order ended."""

    order_id: str
    status: str
    captured: Money
    refunded: Money
    cancel_reason: str = ""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One thing that happened, for people."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class LatePaymentStart:
    """Input of the LatePayment workflow: money that reached an order whose own workflow has ended."""

    order_id: str
    payment_key: str
    buyer_id: str
    expected: Money
    payment_task_queue: str = "payments"


@dataclass(frozen=True, slots=True)
class Chore:
    """Input of the Housekeeping workflow: an activity that takes the time and tells how many things it did.

    At most `rounds` of it with a `pause` between them, within a turn that ends before the next one begins:
    `every` so often, counted from the epoch. A round may take as long as `patience`.
    """

    activity: str
    pause: timedelta = timedelta()
    rounds: int = 1
    every: timedelta = timedelta(minutes=1)
    patience: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class ChangeAddress:
    """Send the goods elsewhere. `request_id` makes a repeat harmless."""

    request_id: str
    address: Address
    by: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class AcceptService:
    """A merchant will do its services of this order, or not. Repeating the same word is harmless."""

    merchant_id: str
    by: str
    accepted: bool = True
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class RequestReturn:
    """The buyer does not want to keep these units. `return_id` makes a repeat harmless."""

    return_id: str
    units: tuple[Units, ...]
    reason: ReturnReason
    by: str
    exchange: bool = False
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class DecideReturn:
    """The merchant's word on a return. Repeating the same word is harmless."""

    return_id: str
    approved: bool
    by: str
    goods_back: bool = True
    comment: str = ""
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class ReceiveReturn:
    """The goods are back: `units` are those that are accepted, `restock` puts them back for sale."""

    return_id: str
    units: tuple[Units, ...]
    by: str
    restock: bool = True
    warehouse_id: str = "main"
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class RequestRefund:
    """Money back after shipment: these units, or an amount, or everything when neither is given.

    `refund_id` makes a repeat harmless; two refunds with two ids both happen.
    """

    refund_id: str
    by: str
    units: tuple[Units, ...] = ()
    amount: Money | None = None
    reason: str = "goodwill"
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class LinkExchange:
    """The order that a buyer got instead of what was returned."""

    return_id: str
    new_order_id: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class SettleReview:
    """A person's decision on money in review. `decision` is a `ReviewDecision`."""

    payment_key: str
    decision: ReviewDecision
    by: str
    expected_version: int | None = None


@dataclass(frozen=True, slots=True)
class OrderAnswer:
    """What a command made of an order: `version` is that of its stream afterwards, `subject` the return,
    refund or shipment that it was about.
    """

    order_id: str
    version: int
    status: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class AfterSaleStart:
    """Input of the AfterSale workflow: requests that come after the order's own workflow has ended."""

    order_id: str
    policies: OrderPolicies
    payment_task_queue: str = "payments"


@dataclass(frozen=True, slots=True)
class LateReportStart:
    """Input of the LateReport workflow: what is said of parcels whose order's own workflow has ended."""

    order_id: str
