"""What publishers and consumers of messages have done."""

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
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from adapters.postgres.tables.schema import Moment, Sku, metadata

_NONE = text("0")
_NO = text("false")

publisher_shards: Final = Table(
    "publisher_shards",
    metadata,
    Column("shard", Integer, primary_key=True, autoincrement=False),
    Column("position", BigInteger, nullable=False, server_default=_NONE),
    Column("epoch", BigInteger, nullable=False, server_default=_NONE),
    Column("owner", Text),
    Column("seen_at", Moment, nullable=False, server_default=text("'-infinity'::timestamptz")),
)

publisher_owners: Final = Table(
    "publisher_owners",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("seen_at", Moment, nullable=False),
)

publisher_stopped: Final = Table(
    "publisher_stopped",
    metadata,
    Column("stream_id", Text, primary_key=True),
    Column("version", Integer, nullable=False),
    Column("position", BigInteger, nullable=False),
    Column("error", Text, nullable=False),
    Column("resuming", Boolean, nullable=False, server_default=_NO),
    Column("stopped_at", Moment, nullable=False, server_default=func.clock_timestamp()),
)

consumer_streams: Final = Table(
    "consumer_streams",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("stream_id", Text, primary_key=True),
    Column("version", Integer, nullable=False, server_default=_NONE),
)

consumer_parked: Final = Table(
    "consumer_parked",
    metadata,
    Column("consumer", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("message_id", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("stream_id", Text, nullable=False, server_default=text("''")),
    Column("version", Integer, nullable=False, server_default=_NONE),
    Column("topic", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("error", Text, nullable=False),
    Column("forwarded", Boolean, nullable=False, server_default=_NO),
    Column("parked_at", Moment, nullable=False, server_default=func.clock_timestamp()),
)
_parked = consumer_parked.c
Index("consumer_parked_of_stream", _parked.consumer, _parked.stream_id, _parked.version)
Index(
    "consumer_parked_to_forward",
    _parked.consumer,
    _parked.number,
    postgresql_where=~_parked.forwarded,
)

stock_heard_orders: Final = Table(
    "stock_heard_orders",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("picture", JSONB, nullable=False),
)

stock_heard: Final = Table(
    "stock_heard",
    metadata,
    Column("sku", Sku, primary_key=True),
    Column("reserved", BigInteger, nullable=False, server_default=_NONE),
    Column("to_send", BigInteger, nullable=False, server_default=_NONE),
    Column("on_the_way", BigInteger, nullable=False, server_default=_NONE),
    Column("delivered", BigInteger, nullable=False, server_default=_NONE),
    Column("returned", BigInteger, nullable=False, server_default=_NONE),
)

notice_parties: Final = Table(
    "notice_parties",
    metadata,
    Column("order_id", Text, primary_key=True),
    Column("buyer_id", Text, nullable=False),
    Column("merchants", ARRAY(Text), nullable=False),
)

event_notices: Final = Table(
    "event_notices",
    metadata,
    Column("key", Text, primary_key=True),
    Column("number", BigInteger, Identity(always=True), nullable=False, unique=True),
    Column("recipient", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("order_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("noticed_at", Moment, nullable=False, server_default=func.clock_timestamp()),
)
