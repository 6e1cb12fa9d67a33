"""What travels between workflows, activities and their callers. Small frozen types; only ever add optional
fields, because histories of old releases hold the old ones.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.address import Address
from domain.events import EventMetadata, EventRecord
from domain.money import Money
from domain.order.lines import OrderLine
from domain.order.refund_policy import RefundPolicy
from domain.pricing.asking import PriceDrop
from domain.stock.allowance import Claim
from domain.stock.hold import Shortage, StockLine


@dataclass(frozen=True, slots=True)
class OrderPolicies:
    """The rules an order runs by, fixed when it is accepted.

    `price_tolerance` is in minor units of the order's currency (one unit of it by default, domain rule 4).
    `manual_capture_methods` are the payment methods whose money is taken only when goods leave.
    `payment_poll` is the first pause after which a silent provider is asked, `carrier_poll` every pause after
    which a silent carrier is. A merchant has `acceptance_window` to accept a service; after
    `decision_window` somebody is told that a return waits; what is not received within `receipt_window` of
    its approval is not taken back any more. A workflow whose history has grown by `history_limit` events goes
    on in a new run.
    """

    payment_window: timedelta = timedelta(minutes=30)
    confirmation_window: timedelta = timedelta(minutes=15)
    shipping_window: timedelta = timedelta(days=30)
    return_window: timedelta = timedelta(days=7)
    review_window: timedelta = timedelta(days=7)
    price_tolerance: int = 100
    price_drop: PriceDrop = PriceDrop.CONFIRM
    manual_capture_methods: tuple[str, ...] = ()
    payment_poll: timedelta = timedelta(minutes=1)
    carrier_poll: timedelta = timedelta(hours=6)
    acceptance_window: timedelta = timedelta(minutes=5)
    decision_window: timedelta = timedelta(days=7)
    receipt_window: timedelta = timedelta(days=30)
    refund: RefundPolicy = field(default_factory=RefundPolicy)
    history_limit: int = 2_000


@dataclass(frozen=True, slots=True)
class OrderStart:
    """Input of the Order workflow. Ids only: lines are read once, by `check_price_snapshot`.

    `accepted_at` is the time of the intake; `total` and `line_count` are for the summary. `resumed` says that
    an earlier run has left the order somewhere: it goes on from its stream. That run has given answers to the
    requests in `answered`.
    """

    order_id: str
    number: str
    buyer_id: str
    snapshot_id: str
    currency: str
    total: Money
    line_count: int
    merchants: tuple[str, ...]
    accepted_at: datetime
    address: Address | None = None
    correlation_id: str = ""
    policies: OrderPolicies = field(default_factory=OrderPolicies)
    payment_task_queue: str = "payments"
    provider: str = "sandbox"
    resumed: bool = False
    answered: tuple[str, ...] = ()
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class CheckSnapshot:
    """Asks whether a snapshot still holds for an order, and claims it. A fresh one is made if it does not."""

    order_id: str
    buyer_id: str
    snapshot_id: str
    price_tolerance: int
    now: datetime


@dataclass(frozen=True, slots=True)
class SnapshotChecked:
    """The server's one verdict on a snapshot.

    `snapshot_id` names the snapshot to charge or, when `verdict` is `changed`, the fresh one that the buyer
    must confirm; `lines` travel here and nowhere else.

    `refusal` is a slug (`snapshot_not_found`, `snapshot_already_used`, `price_not_found`, …) or empty.
    `reason` is a `Reason` when the price is another one. `claims` and `converts` are what must be held
    besides the goods, and the buyer's pre-locks that become part of it. `line_goods` is what each line's
    goods cost after everything that is allocated to it, in minor units; they sum to `goods`. `charges` =
    `delivery_fee` + all other charges. `steps` are the breakdown's labels and amounts, for people.
    """

    verdict: str = ""
    snapshot_id: str = ""
    expires_at: datetime | None = None
    expiring_soon: bool = False
    lines: tuple[OrderLine, ...] = ()
    goods: Money | None = None
    charges: Money | None = None
    total: Money | None = None
    shown_total: Money | None = None
    refusal: str = ""
    reason: str = ""
    claims: tuple[Claim, ...] = ()
    converts: tuple[str, ...] = ()
    line_goods: tuple[int, ...] = ()
    delivery_fee: Money | None = None
    steps: tuple[tuple[str, int], ...] = ()
    payment_method: str = ""


@dataclass(frozen=True, slots=True)
class TakeHolds:
    """Holds goods, and what else is counted, for `reference` until that time."""

    reference: str
    lines: tuple[StockLine, ...]
    until: datetime
    buyer_id: str = ""
    claims: tuple[Claim, ...] = ()
    converts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HoldsAnswer:
    """Shortages, or none when the hold stands. `missing`: there never was such a hold."""

    shortages: tuple[Shortage, ...] = ()
    missing: bool = False

    @property
    def refused(self) -> bool:
        """True when the goods are not ours."""
        return self.missing or bool(self.shortages)


@dataclass(frozen=True, slots=True)
class ConfirmHolds:
    """Turns held goods into sold ones."""

    reference: str
    now: datetime


@dataclass(frozen=True, slots=True)
class HoldReference:
    """Names a hold to release or to put back."""

    reference: str


@dataclass(frozen=True, slots=True)
class RecordEvents:
    """Appends decided events. `command_key` names the logical command, never a run."""

    order_id: str
    expected_version: int
    command_key: str
    events: tuple[EventRecord, ...]
    metadata: EventMetadata


@dataclass(frozen=True, slots=True)
class EventsRecorded:
    """What the store acknowledged. `conflict` is the real head when somebody else wrote first.

    `stored` is what an earlier try of the same command had written, when it differs from what was sent; then
    it counts, and not what was sent.
    """

    version: int
    repeated: bool = False
    conflict: int | None = None
    stored: tuple[EventRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class RaiseAlert:
    """Something that needs a person; best effort."""

    key: str
    level: str
    code: str
    order_id: str
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class NotifyBuyer:
    """Something the buyer should know; best effort."""

    key: str
    buyer_id: str
    order_id: str
    code: str


@dataclass(frozen=True, slots=True)
class LoadOrder:
    """Asks for the events of an order later than version `after`, for workflows that join a stream late."""

    order_id: str
    after: int = 0


@dataclass(frozen=True, slots=True)
class OrderHistory:
    """The stream of an order as stored, later than version `after`; empty when there is nothing."""

    events: tuple[EventRecord, ...] = ()
    after: int = 0
