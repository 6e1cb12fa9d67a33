"""Orders whose goods have come, in a running workflow or after its end, and what may be asked of them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from temporalio.client import WorkflowHandle
from temporalio.service import RPCError

from domain.catalogue.items import Category
from domain.money import Money
from domain.order.events import PaymentRefunded, RefundRequested
from domain.order.order import Order
from domain.order.returns import ReturnCase, ReturnReason
from domain.order.shipments import Units
from domain.order.status import FulfilmentStatus, OrderStatus
from tests.support.fake_gateway import Operation
from tests.workflow.gates import PATIENCE, until
from tests.workflow.shop import ClientValues, Customer, Shop
from workflows.client import OrderWorkflows
from workflows.contracts import (
    DecideReturn,
    OrderAnswer,
    OrderOutcome,
    ReceiveReturn,
    RequestRefund,
    RequestReturn,
)
from workflows.names import after_sale_workflow_id

LONG: Final = timedelta(hours=1)


@dataclass
class Sold:
    """An order with its buyer, and the merchant's and the warehouse's words about returns."""

    shop: Shop
    buyer: Customer

    @property
    def id(self) -> str:
        return self.buyer.id

    @property
    def after_sale(self) -> WorkflowHandle[Any, OrderOutcome]:
        return self.shop.temporal.get_workflow_handle(
            after_sale_workflow_id(self.id), result_type=OrderOutcome
        )

    async def order(self) -> Order:
        return await self.buyer.order()

    async def case(self, return_id: str = "ret_1") -> ReturnCase:
        case = (await self.order()).return_case(return_id)
        assert case is not None
        return case

    async def wants_back(
        self, *units: tuple[int, int], return_id: str = "ret_1", exchange: bool = False
    ) -> OrderAnswer:
        """The buyer asks to return `units`, pairs of line and quantity; one of line 1 by default."""
        wanted = tuple(Units(*each) for each in units or ((1, 1),))
        command = RequestReturn(return_id, wanted, ReturnReason.CHANGED_MIND, "buyer", exchange)
        return await self.shop.workflows.request_return(self.id, command)

    async def decides(
        self, *, approved: bool = True, goods_back: bool = True, return_id: str = "ret_1"
    ) -> OrderAnswer:
        command = DecideReturn(return_id, approved, "shop-7", goods_back)
        return await self.shop.workflows.decide_return(self.id, command)

    async def receives(
        self, *units: tuple[int, int], return_id: str = "ret_1", restock: bool = True, at: str = "main"
    ) -> OrderAnswer:
        accepted = tuple(Units(*each) for each in units or ((1, 1),))
        command = ReceiveReturn(return_id, accepted, "warehouse", restock, at)
        return await self.shop.workflows.receive_return(self.id, command)

    async def refunds(
        self, refund_id: str = "rfd_1", *units: tuple[int, int], amount: Money | None = None
    ) -> OrderAnswer:
        wanted = tuple(Units(*each) for each in units)
        command = RequestRefund(refund_id, "shop-7", wanted, amount)
        return await self.shop.workflows.request_refund(self.id, command)

    async def has_given_back(self, fen: int) -> Order:
        """Wait until just this much has gone back in all, as the order and the provider have it."""
        order = await self.buyer.becomes(
            lambda order: order.refunded.amount >= fen and order.refunds_requested == order.refunds_done
        )
        assert order.refunded.amount == fen
        assert self.sent_by_provider == fen
        return order

    @property
    def sent_by_provider(self) -> int:
        """What the provider has sent back of this order's money."""
        payments = [
            payment for payment in self.shop.payments.payments.values() if payment.request.order_id == self.id
        ]
        return sum(request.amount.amount for payment in payments for request in payment.refunds.values())

    async def promises(self) -> list[RefundRequested]:
        return [event for event in await self.buyer.events() if isinstance(event, RefundRequested)]

    async def sent(self) -> list[PaymentRefunded]:
        return [event for event in await self.buyer.events() if isinstance(event, PaymentRefunded)]

    async def after_sale_rests(self) -> OrderOutcome:
        async with asyncio.timeout(PATIENCE):
            outcome: OrderOutcome = await self.after_sale.result()
        return outcome

    async def came_from(self) -> str:
        """The run that its after-sale goes on from; empty for the first one."""
        history = await self.after_sale.fetch_history()
        begun = history.events[0].workflow_execution_started_event_attributes
        return begun.continued_execution_run_id

    async def rests(self) -> None:
        """Nothing of this order runs any more."""
        await self.buyer.comes_to_rest()
        with suppress(RPCError):  # nothing was asked of it after its end
            await self.after_sale_rests()

    async def tea_for_sale(self, wanted: int) -> None:
        await until(self.shop.shelf_of_tea, lambda level: level is not None and level.available == wanted)


async def delivered(shop: Shop, *lines: tuple[str, int], **more: Any) -> Sold:
    """An order whose goods have come and whose workflow runs for another hour."""
    buyer = await shop.an_order(*lines, **{"return_window": LONG, **more})
    return await _delivered(shop, buyer)


async def completed(shop: Shop, *lines: tuple[str, int], **more: Any) -> Sold:
    """An order whose goods have come and whose workflow has ended."""
    # After the end the rules come from the client.
    rules = {name: value for name, value in more.items() if hasattr(shop.policies, name)}
    shop.workflows = OrderWorkflows(
        shop.temporal,
        ClientValues(shop.queues.orders, shop.queues.payments),
        replace(shop.policies, **rules),
    )
    sold = await delivered(shop, *lines, **{**more, "return_window": timedelta()})
    assert (await sold.buyer.comes_to_rest()).status == "completed"
    return sold


async def _delivered(shop: Shop, buyer: Customer) -> Sold:
    await buyer.checks_out()
    await buyer.pays_and_it_is_reported()
    await buyer.becomes(_is_booked)  # or it would be booked at any time later
    await buyer.parcel("handed_over")
    await buyer.parcel("delivered")
    await buyer.becomes(lambda order: order.fulfilment_status is FulfilmentStatus.DELIVERED)
    return Sold(shop, buyer)


def _is_booked(order: Order) -> bool:
    parcels = (each for each in order.shipments if each.plan.category is Category.PHYSICAL)
    return order.status is not OrderStatus.CREATED and all(parcel.carrier for parcel in parcels)


async def refund_calls(shop: Shop) -> int:
    """How often the provider was asked to send money back."""
    return sum(operation is Operation.REFUND for operation, _ in shop.payments.calls)


def trouble_is_over(shop: Shop) -> None:
    """The provider answers again, whatever was scripted."""
    for scripted in shop.payments._trouble.values():
        scripted.clear()
