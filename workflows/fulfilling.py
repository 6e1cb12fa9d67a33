"""From paid to delivered: plans, reports, goods and parcels of one order. The domain decides."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

from activities.contracts import OrderPolicies
from domain.actors import SYSTEM
from domain.address import Address
from domain.catalogue.items import Category
from domain.errors import InvalidStateTransitionError
from domain.order.events import OrderEvent
from domain.order.fulfil import accept_service, change_address, decline_service, drop_shipment
from domain.order.order import Order
from domain.order.seen import if_seen
from domain.order.ship import complete_order
from domain.order.shipments import ShipmentEnd, ShipmentStatus
from domain.order.status import FulfilmentStatus, OrderStatus
from domain.ports.carriers import CarrierRefusedError
from domain.ports.notices import AlertLevel
from workflows.announcing import Announcing
from workflows.contracts import AcceptService, ChangeAddress, ShipmentReported
from workflows.desk import Desk
from workflows.goods import Goods
from workflows.parcels import Parcels
from workflows.planning import Planning, needs_plan
from workflows.reports import Reports

_OPEN = frozenset({OrderStatus.PAID, OrderStatus.SHIPPED})
_THERE = frozenset({FulfilmentStatus.DELIVERED, FulfilmentStatus.RETURNED})


class Fulfilling:
    """The goods of one order. Whatever is called with a name of its own needs the lock held, unless it says
    otherwise.
    """

    def __init__(self, desk: Desk, policies: OrderPolicies) -> None:
        self._desk = desk
        self._policies = policies
        self.planning = Planning(desk, policies.acceptance_window)
        self._goods = Goods(desk)
        self._reports = Reports(desk.order_id)
        self._announcing = Announcing(desk)
        self._parcels = Parcels(desk, self._reports.add, self._count)
        self._may_plan = True
        self._next_look = self._overdue_at = desk.now
        self._overdue = 0

    @property
    def news(self) -> bool:
        """True when something has happened to the goods that the order or the ledger does not know."""
        order = self._desk.stream.order
        if order is None:
            return False
        undone = (needs_plan(order) and self._may_plan) or bool(self._parcels.unbooked(order))
        strange = self._announcing.untold(self._reports.contradicted(order))
        return undone or strange or self._goods.lag or bool(self._reports.meaning(order, self._desk.now))

    @property
    def on_its_way(self) -> bool:
        """True while the buyer of an open order does not have everything."""
        order = self._desk.stream.order
        return order is not None and order.status in _OPEN and order.fulfilment_status not in _THERE

    @property
    def travels_in_vain(self) -> bool:
        """True while a parcel of an order that has ended is on its way, and is still waited for."""
        order = self._desk.stream.order
        if order is None or order.status is not OrderStatus.CANCELLED or self._overdue:
            return False
        parcels = (each for each in order.shipments if each.plan.category is Category.PHYSICAL)
        return any(each.status is ShipmentStatus.HANDED_OVER for each in parcels)

    def make_sure_of_money(self, ask: Callable[[], Awaitable[None]]) -> None:
        """What is done before a parcel leaves; it needs no lock."""
        self._parcels.before_booking = ask

    def learn(self, report: ShipmentReported) -> None:
        """Take a report in; repeats change nothing. Needs no lock."""
        self._reports.add(report)

    @property
    def unheard(self) -> bool:
        """True when something was said of shipments that there are not yet."""
        order = self._desk.stream.order
        return self._reports.wait and (order is None or not order.shipments)

    def begin(self, since: datetime | None = None) -> None:
        """From now on, or `since` then, goods are waited for. Needs no lock."""
        now, window = self._desk.now, self._policies.shipping_window
        begun = since or now
        self._next_look = now + self._policies.carrier_poll
        self._overdue = (now - begun) // window if since and window else 0
        self._overdue_at = begun + window * (self._overdue + 1)

    def take_up(self, *, moved: bool) -> None:
        """Go on with what an earlier run has begun; `moved` tells that the address was changed under it."""
        self._parcels.take_up(moved=moved)

    def waits_for(self) -> tuple[datetime, str]:
        """Until when an order waits for its goods, and for whom."""
        until = min(self._next_look, self._overdue_at)
        services = [
            each.plan.accept_by
            for each in self._desk.order.shipments
            if each.status is ShipmentStatus.PLANNED and each.plan.accept_by
        ]
        if services and min(services) <= until:
            return min(services), "a merchant to accept its service"
        return until, "the carrier"

    async def time_passes(self) -> None:
        """Nobody has said anything: ask the carrier, and tell somebody when it takes too long. No lock."""
        desk, policies = self._desk, self._policies
        if desk.now >= self._next_look:
            self._next_look, self._may_plan = desk.now + policies.carrier_poll, True
            await self._parcels.ask()
        if desk.now >= self._overdue_at:
            self._overdue += 1
            self._overdue_at += policies.shipping_window
            desk.board.needs_review()
            desk.alert("shipping_overdue", about=str(self._overdue), level=AlertLevel.MEDIUM)

    async def settle(self) -> None:
        """Let the order, the ledger and the carrier know what has happened."""
        if needs_plan(self._desk.order) and self._may_plan:
            await self.planning.later()
            self._may_plan = not needs_plan(self._desk.order)
        await self.hear()
        self._parcels.book()

    async def hear(self) -> None:
        """Let the order and the ledger know what was reported, and what has become overdue."""
        at = self._desk.now
        for by, decide in self._reports.statements(at):
            await self._record("shipment", decide, by or SYSTEM)
        await self._record("shipment", lambda order: self._reports.meaning(order, at))
        order = self._desk.order
        if order.shipments:
            self._reports.forget_whole()
            self._announcing.contradictions(self._reports.contradicted(order))
        await self._goods.follow()

    async def complete(self) -> None:
        """The return window is over."""
        at = self._desk.now
        await self._desk.stream.record(
            "complete",
            lambda order: (
                (complete_order(order, at),) if order and order.status is OrderStatus.SHIPPED else ()
            ),
        )

    async def recall(self, by: str) -> bool:
        """Call back what was booked; False when something has left, so that the order cannot end."""
        left, at = await self._parcels.recall(), self._desk.now
        if left is None:
            return True
        self._parcels.has_left(left)
        await self.settle()
        for kept in self._parcels.recalled:
            drop = partial(drop_shipment, shipment_id=kept, end=ShipmentEnd.RECALLED, by=by, at=at)
            await self._record(f"recalled:{kept}", drop, by)
        await self._goods.follow()
        return False

    async def answer_for_service(self, command: AcceptService) -> str:
        """A merchant will do its services, or not; the shipment that this is about."""
        decide, at = accept_service if command.accepted else decline_service, self._desk.now
        # Named for this very word: a lost task may bring several of them again in another order.
        step = f"accept_service:{command.merchant_id}:{command.accepted}"
        await self._record(
            step,
            lambda order: if_seen(
                order, command.expected_version, lambda: decide(order, command.merchant_id, command.by, at)
            ),
            command.by,
        )
        await self.settle()
        shipments = self._desk.order.shipments
        return next((each.id for each in shipments if each.plan.merchant_id == command.merchant_id), "")

    async def change_address(self, command: ChangeAddress) -> None:
        """Send the goods elsewhere.

        Raises `InvalidStateTransitionError` when the carrier says that something has left already, and
        `CarrierRefusedError` when it does not go there: then all of it goes to the old address.
        """
        await self.hear()  # what left before must not be sent elsewhere
        desk, old, at = self._desk, self._desk.order.address, self._desk.now
        by = command.by
        step = f"change_address:{command.request_id}"
        await self._record(
            step,
            lambda order: if_seen(
                order, command.expected_version, lambda: change_address(order, command.address, by, at)
            ),
            by,
        )
        try:
            left = await self._parcels.send_elsewhere()
        except CarrierRefusedError:
            await self._take_back(command, old)
            self._parcels.bring_back()
            raise
        if left is not None:
            await self._take_back(command, old)
            self._parcels.bring_back(but=left)
            self._parcels.has_left(left)
        await self.settle()
        if left is not None:
            status = desk.order.fulfilment_status.value
            raise InvalidStateTransitionError(current=status, wanted="address_changed")

    async def _take_back(self, command: ChangeAddress, old: Address | None) -> None:
        if old is not None:  # else there is nowhere to go back to, and nothing that was booked
            at = self._desk.now
            await self._record(
                f"old_address:{command.request_id}", lambda order: change_address(order, old, SYSTEM, at)
            )

    async def _record(
        self, step: str, decide: Callable[[Order], Sequence[OrderEvent]], by: str = SYSTEM
    ) -> None:
        ended = self._desk.order.status is OrderStatus.CANCELLED
        events = await self._desk.stream.record(step, lambda order: decide(_known(order)), actor=by)
        self._announcing.tell(events, self._desk.order, ended=ended)

    async def _count(self) -> None:
        async with self._desk.lock:
            await self.settle()


def _known(order: Order | None) -> Order:
    assert order is not None  # goods are a matter of orders that were paid
    return order
