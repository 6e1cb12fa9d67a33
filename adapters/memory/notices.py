"""Alerts and buyer notices in dictionaries, for tests to look at. They forget at exit."""

from __future__ import annotations

from domain.ports.notices import Alert, BuyerNotice


class MemoryNotices:
    """`Notices` in dictionaries; `buyer_notices` shows what buyers were told, oldest first."""

    def __init__(self) -> None:
        self._alerts: dict[str, Alert] = {}
        self._notices: dict[str, BuyerNotice] = {}

    @property
    def buyer_notices(self) -> tuple[BuyerNotice, ...]:
        """All notices, oldest first."""
        return tuple(self._notices.values())

    async def raise_alert(self, alert: Alert) -> None:
        """See the port."""
        self._alerts.setdefault(alert.key, alert)

    async def notify_buyer(self, notice: BuyerNotice) -> None:
        """See the port."""
        self._notices.setdefault(notice.key, notice)

    async def alerts(self, limit: int) -> tuple[Alert, ...]:
        """See the port."""
        newest_first = list(reversed(self._alerts.values()))
        return tuple(newest_first[:limit])
