"""Money on its way back, refund by refund, and what the buyer had spent besides money."""

from __future__ import annotations

from collections.abc import Collection

from activities.fulfilment_contracts import GiveBackAllowances, RevokeDigital
from activities.payment_contracts import RefundPayment
from domain.actors import provider_actor
from domain.catalogue.items import Category
from domain.order.counts import as_units, paid_back
from domain.order.errors import RefundExceedsCapturedError
from domain.order.order import Order
from domain.order.pay import record_refund
from domain.order.returns import Refund
from workflows import money, policies
from workflows.compensation import NeedsPersonError, Step
from workflows.desk import Desk

_UNCHARGED = "uncharged"


class Refunding:
    """Sends back what was promised, each refund under its own key, beside the story."""

    def __init__(self, desk: Desk, *, joins: bool) -> None:
        """`joins` says that others write to the order's stream too: it is read before money is sent."""
        self._desk = desk
        self._joins = joins
        self._sending: set[str] = set()
        self._begun: set[str] = set()

    @property
    def lag(self) -> bool:
        """True when money was promised back and nobody has begun to send it."""
        order = self._desk.stream.order
        if order is None:
            return False
        uncharged = money.goods_uncharged(order) and _UNCHARGED not in self._begun
        return bool(uncharged) or any(refund.key not in self._begun for refund in _due(order))

    def send(self, spared: Collection[str]) -> None:
        """Begin to send what is due, except of `spared` attempts, which somebody else sees to."""
        for refund in _due(self._desk.order):
            if refund.payment_key in spared:
                self._begun.add(refund.key)
            elif refund.key not in self._sending:
                self._begin(refund)
                self._desk.spawn(self._insist(refund.key))
        if money.goods_uncharged(self._desk.order) and _UNCHARGED not in self._begun:
            self._begun.add(_UNCHARGED)
            self._desk.spawn(self._give_back_uncharged())

    def finish(self) -> None:
        """Do again, beside the story, what refunds bring besides money: each has a key and counts once."""
        for refund in self._desk.order.refunds:
            if refund.done and refund.units and refund.key not in self._begun:
                self._begin(refund)
                self._desk.spawn(self._insist(refund.key))

    async def send_all_of(self, payment_key: str) -> None:
        """Send back what is due of one attempt. Raises as the calls do; may be repeated."""
        for refund in self._desk.order.due_refunds:
            if refund.payment_key == payment_key and refund.key not in self._sending:
                self._begin(refund)
                try:
                    await self._send(refund.key)
                finally:
                    self._sending.discard(refund.key)

    def _begin(self, refund: Refund) -> None:
        self._begun.add(refund.key)
        self._sending.add(refund.key)

    async def _insist(self, key: str) -> None:
        await self._desk.undo.insist(Step(f"refund {key}", lambda: self._send(key)))
        self._sending.discard(key)

    async def _send(self, key: str) -> None:
        refund = await self._look_at(key)
        if refund in self._desk.order.due_refunds:  # else the provider or the buyer's bank was faster
            refused = await self._send_money(refund)
            if refused and await self._look_at(key) == refund:
                raise NeedsPersonError(refused)
            if refused:  # somebody gave a part of it back meanwhile: less is promised now
                await self._send(key)
                return
        if refund.units and key in self._desk.order.refunds_done:
            await self._give_back_besides(refund)

    async def _look_at(self, key: str) -> Refund:
        if self._joins:
            await self._desk.stream.load()
        refund = self._desk.order.refund(key)
        assert refund is not None  # refunds are never forgotten
        return refund

    async def _send_money(self, refund: Refund) -> str:
        """Why the provider refused it, or nothing."""
        desk = self._desk
        asked = RefundPayment(
            refund.key, refund.payment_key, refund.amount, refund.reason, provider=desk.order.provider
        )
        answer = await desk.payments.refund(asked, policies.MONEY_PATIENCE)
        if answer.refused:
            return answer.refused
        at = desk.now
        try:
            await desk.stream.record(
                f"refunded:{refund.key}",
                lambda order: record_refund(_known(order), refund.key, refund.payment_key, refund.amount, at),
                provider_actor(desk.order.provider),
            )
        except RefundExceedsCapturedError as error:
            # The provider has told of more than there was: somebody must compare the books.
            raise NeedsPersonError(error.code) from error
        desk.notify("money_returned")
        return ""

    async def _give_back_uncharged(self) -> None:
        """Points and vouchers of goods that were dropped before their money was taken."""
        await self._give_back_allowances(_UNCHARGED, 0, money.goods_uncharged(self._desk.order))

    async def _give_back_besides(self, refund: Refund) -> None:
        """Points, vouchers and rights to files go the way of the money."""
        desk, order = self._desk, self._desk.order
        before = money.goods_refunded_before(order, refund.key)
        await self._give_back_allowances(refund.key, before, money.goods_refunded(refund))
        virtual = {each.line for each in refund.units if _is_virtual(order, each.line)}
        units = tuple(each for each in as_units(paid_back(order)) if each.line in virtual)  # all so far
        if units:
            await desk.store.revoke_digital(RevokeDigital(order.id, units, desk.now))

    async def _give_back_allowances(self, key: str, before: int, goods: int) -> None:
        order = self._desk.order
        await self._desk.store.give_back_allowances(
            GiveBackAllowances(order.id, key, order.goods.amount, refunded_before=before, refunded=goods)
        )


def _due(order: Order) -> tuple[Refund, ...]:
    # Goods that had cost nothing are paid back at once, but what was spent on them besides is not.
    free = (refund for refund in order.refunds if refund.done and refund.amount.is_zero and refund.units)
    return (*order.due_refunds, *free)


def _is_virtual(order: Order, line: int) -> bool:
    return order.lines[line - 1].category is Category.VIRTUAL


def _known(order: Order | None) -> Order:
    assert order is not None  # money is a matter of orders that were created
    return order
