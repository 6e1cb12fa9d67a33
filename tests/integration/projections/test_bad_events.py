"""An event that nothing can be made of stops its own stream, with a clear word, whatever is wrong with it."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from adapters.postgres.events import PostgresEventStore
from adapters.postgres.projections.health import projection_health
from adapters.postgres.projections.views import PostgresOrderViews
from adapters.protobuf.events import encode as encode_body
from domain.events import EventMetadata, EventRecord
from domain.order.encoding import encode
from domain.order.events import OrderDrafted
from domain.order.order import fold
from domain.ports.brokers import LARGEST_MESSAGE
from domain.review.encoding import encode as encode_step
from tests.integration.projections.shop import a_cart, project, tell
from tests.support.builders import NOON
from tests.support.proposals import ProposalStory, some_prices

if TYPE_CHECKING:
    from adapters.postgres.pool import Pool

DRAFTED = encode(a_cart("ord_bad").drafted().events[0])


def but(**changes: object) -> EventRecord:
    """The draft of an order with another word in its JSON."""
    return replace(DRAFTED, data={**DRAFTED.data, **changes})


BAD = {
    "unknown type": (replace(DRAFTED, event_type="OrderTeleported"), "UnknownEventTypeError"),
    "unknown version": (replace(DRAFTED, schema_version=9), "UnknownEventTypeError"),
    "JSON that lost a field": (replace(DRAFTED, data={"order_id": "ord_bad"}), "KeyError"),
    "JSON of another shape": (but(lines="two mugs"), "Error"),
    "an amount that is none": (but(currency="GOLD"), "Error"),
    "the event of another order": (but(order_id="ord_good"), "ord_good"),
}


@pytest.mark.parametrize(("event", "reason"), BAD.values(), ids=BAD)
async def test_a_bad_event_is_parked_with_its_reason_and_other_orders_go_on(
    pool: Pool, event: EventRecord, reason: str
) -> None:
    good = a_cart("ord_good")
    await PostgresEventStore(pool).append("ord_bad", 0, "bad", [event], EventMetadata())
    await tell(pool, good.paid())

    await project(pool)

    for name in ("orders", "stock_board", "order_search"):
        (parked,) = (await projection_health(pool, name)).parked
        assert (parked.order_id, parked.version) == ("ord_bad", 1)
        assert reason in parked.error
    assert await PostgresOrderViews(pool).get("ord_good") == fold(good.events)
    assert await pool.fetchval("SELECT count(*) FROM order_summary") == 1
    assert await pool.fetchval("SELECT count(*) FROM order_events WHERE order_id = 'ord_bad'") == 1


async def test_a_row_that_an_index_cannot_take_stops_its_order_alone(pool: Pool) -> None:
    endless = "".join(f"{random.Random(7).getrandbits(32_000):x}")
    drafted = but(order_id="ord_bad", buyer_id=endless)
    good = a_cart("ord_good")
    await PostgresEventStore(pool).append("ord_bad", 0, "bad", [drafted], EventMetadata())
    await tell(pool, good.paid())

    await project(pool, "orders")

    assert await PostgresOrderViews(pool).get("ord_good") == fold(good.events)
    (parked,) = (await projection_health(pool, "orders")).parked
    assert (parked.order_id, parked.error.split(":")[0]) == ("ord_bad", "ProgramLimitExceededError")


async def test_a_proposal_in_the_stream_of_another_stops_its_own_stream(pool: Pool) -> None:
    draft = encode_step(ProposalStory("prp_good", None, some_prices(), NOON).events[0])
    for stream in ("price:prp_bad", "price:prp_good"):
        await PostgresEventStore(pool).append(stream, 0, "draft", [draft], EventMetadata())

    await project(pool, "price_audit")

    (parked,) = (await projection_health(pool, "price_audit")).parked
    assert (parked.order_id, parked.version) == ("price:prp_bad", 1)


async def test_a_body_that_says_something_else_is_not_what_a_view_shows(pool: Pool) -> None:
    """Views are made of the JSON; `orderkeep verify` names the body (`test_verify.py`)."""
    said, hidden = (encode(a_cart("ord_1", buyer=buyer).drafted().events[0]) for buyer in ("b-1", "b-2"))

    def another(event_type: str, schema_version: int, _: object) -> bytes | None:
        return encode_body(event_type, schema_version, hidden.data)

    await PostgresEventStore(pool, another).append("ord_1", 0, "k", [said], EventMetadata())

    await project(pool)

    view = await PostgresOrderViews(pool).get("ord_1")
    assert view is not None
    assert view.buyer_id == "b-1"


async def test_an_event_too_large_for_any_message_is_shown_like_any_other(pool: Pool) -> None:
    drafted = a_cart("ord_1").drafted().events[0]
    assert isinstance(drafted, OrderDrafted)
    lines = tuple(replace(drafted.lines[0], line=number, title="茶" * 800) for number in range(1, 1_001))
    large = encode(replace(drafted, lines=lines))
    await PostgresEventStore(pool, encode_body).append("ord_1", 0, "k", [large], EventMetadata())

    await project(pool, "orders")

    assert await PostgresOrderViews(pool).get("ord_1") is not None
    assert await pool.fetchval("SELECT length(body) FROM order_events") > LARGEST_MESSAGE
    assert (await projection_health(pool, "orders")).parked == ()
