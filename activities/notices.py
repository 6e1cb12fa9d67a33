"""Tells people. Best effort: a workflow goes on without it."""

from __future__ import annotations

from dataclasses import dataclass

from temporalio import activity

from activities.contracts import NotifyBuyer, RaiseAlert
from domain.ports.notices import Alert, AlertLevel, BuyerNotice, Notices


@dataclass(frozen=True, slots=True)
class NoticeActivities:
    """The outbox of alerts and notices."""

    notices: Notices

    @activity.defn(name="raise_alert")
    async def raise_alert(self, asked: RaiseAlert) -> None:
        """Put something before the people on duty, once per key."""
        level = AlertLevel(asked.level)
        await self.notices.raise_alert(Alert(asked.key, level, asked.code, asked.order_id, asked.facts))

    @activity.defn(name="notify_buyer")
    async def notify_buyer(self, asked: NotifyBuyer) -> None:
        """Tell the buyer something, once per key."""
        await self.notices.notify_buyer(BuyerNotice(asked.key, asked.buyer_id, asked.order_id, asked.code))
