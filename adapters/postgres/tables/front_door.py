"""Order intake, request log, payment attempts, callback inbox, and the outboxes of alerts and notices."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Identity,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    false,
    func,
    not_,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.schema import Moment, metadata

order_intake: Final = Table(
    "order_intake",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("number", Text, nullable=False, unique=True),
    Column("caller", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("command", JSONB, nullable=False),
    Column("total", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("merchants", ARRAY(Text), nullable=False),
    Column("accepted_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("started", Boolean, nullable=False, server_default=false()),
    Column("answer_status", Integer),
    Column("answer_body", Text),
    Column("repeats", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("caller", "key"),
)
Index("order_intake_due", order_intake.c.due_at, postgresql_where=not_(order_intake.c.started))
Index("order_intake_buyers", order_intake.c.command["buyer_id"].astext)

request_log: Final = Table(
    "request_log",
    metadata,
    Column("scope", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("begun_at", Moment, nullable=False),
    Column("locked_until", Moment, nullable=False),
    Column("claim", Text, nullable=False),
    Column("answer_status", Integer),
    Column("answer_body", Text),
)
Index("request_log_old", request_log.c.locked_until)

payment_attempts: Final = Table(
    "payment_attempts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("order_id", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
)

payment_references: Final = Table(
    "payment_references",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("provider_ref", Text),
    UniqueConstraint("provider", "provider_ref"),
)

callback_inbox: Final = Table(
    "callback_inbox",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("event_id", Text, primary_key=True),
    Column("payment_key", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("refund_key", Text),
    Column("raw", LargeBinary, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("postponed_until", Moment),
    Column("delivered_at", Moment),
    Column("repeats", Integer, nullable=False, server_default=text("0")),
)
Index(
    "callback_inbox_waiting",
    callback_inbox.c.received_at,
    postgresql_where=callback_inbox.c.delivered_at.is_(None),
)

alerts: Final = Table(
    "alerts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("level", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("facts", JSONB, nullable=False),
    Column("raised_at", Moment, nullable=False, server_default=func.now()),
)

buyer_notices: Final = Table(
    "buyer_notices",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("buyer_id", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("created_at", Moment, nullable=False, server_default=func.now()),
)
