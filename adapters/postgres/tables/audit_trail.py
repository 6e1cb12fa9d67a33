"""Indexes over events by what they speak of, for the audit trail."""

from __future__ import annotations

from sqlalchemy import Index

from adapters.postgres.tables.events import order_events

_REFUND = order_events.c.data.op("->>")("refund_key")
_CONTENT = order_events.c.data.op("->")("content")

Index("order_events_of_refund", _REFUND, order_events.c.position, postgresql_where=_REFUND.isnot(None))
Index("order_events_of_goods", _CONTENT, postgresql_using="gin", postgresql_where=_CONTENT.isnot(None))
