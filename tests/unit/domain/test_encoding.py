"""Events survive the store: what is read back is what happened, and old ones stay readable for ever."""

import json
import typing
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.address import Address
from domain.catalogue.items import Category
from domain.money import LARGEST_AMOUNT, Money
from domain.order.encoding import decode, encode
from domain.order.events import OrderCompleted, OrderCreated, OrderEvent, time_of
from domain.order.lines import OrderLine
from domain.order.order import fold
from domain.order.shipments import PlannedShipment, Units
from domain.order.upcasting import UPCASTERS
from domain.upcasting import UnknownEventTypeError
from tests.support.builders import an_order, cny
from tests.support.golden import AGREED_LINES, FOLDER, examples, path_of, read

EVENT_TYPES = typing.get_args(OrderEvent)
GOLDEN_FILES = sorted(FOLDER.glob("*.json"))

money = st.builds(
    Money, st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT), st.sampled_from(["CNY", "USD", "JPY", "KWD"])
)
words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
moments = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds the zone
lines = st.builds(
    OrderLine,
    line=st.integers(1, 1_000),
    sku=words,
    merchant_id=words,
    title=words,
    category=st.sampled_from(Category),
    quantity=st.integers(1, 9_999),
    unit_price=st.builds(Money, st.integers(0, 10**9), st.just("CNY")),
)
addresses = st.builds(
    Address,
    street=words.filter(str.strip),
    city=words.filter(str.strip),
    zip_code=words.filter(str.strip),
    country=st.sampled_from(["GB", "CN"]),
)
units = st.builds(Units, line=st.integers(1, 1_000), quantity=st.integers(1, 9_999))
all_units = st.lists(units, max_size=3).map(tuple)
plans = st.builds(
    PlannedShipment,
    shipment_id=words,
    category=st.sampled_from(Category),
    units=all_units,
    warehouse_id=words,
    merchant_id=words,
    accept_by=st.none() | moments,
)
OF_TYPE = {
    str: words,
    int: st.integers(1, 10),
    Money: money,
    datetime: moments,
    tuple[OrderLine, ...]: st.lists(lines, max_size=3).map(tuple),
    tuple[int, ...]: st.lists(st.integers(0, 10**9), max_size=3).map(tuple),
    Money | None: st.none() | money,
    Address | None: st.none() | addresses,
    Address: addresses,
    tuple[Units, ...]: all_units,
    tuple[PlannedShipment, ...]: st.lists(plans, max_size=3).map(tuple),
}


def any_event(kind: type[OrderEvent]) -> st.SearchStrategy[OrderEvent]:
    hints = typing.get_type_hints(kind)
    return st.builds(
        kind,
        **{name: OF_TYPE[hint] if hint in OF_TYPE else st.from_type(hint) for name, hint in hints.items()},
    )


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_survives_its_journey_through_json(kind):
    @given(any_event(kind))
    def survives(event: OrderEvent) -> None:
        record = encode(event)
        journey = replace(record, data=json.loads(json.dumps(record.data)))
        assert decode(journey) == event
        assert record.occurred_at == time_of(event)

    survives()


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_the_last_field_of_every_event_is_its_time(kind):
    last = fields(kind)[-1].name

    assert typing.get_type_hints(kind)[last] is datetime
    assert last.endswith("_at")


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_type_has_a_golden_file_of_its_version(kind):
    current = UPCASTERS.current(kind.__name__)

    assert path_of(kind.__name__, current).exists(), "write it with python -m tests.support.golden"


@pytest.mark.parametrize("path", GOLDEN_FILES, ids=lambda path: path.stem)
def test_every_event_ever_written_stays_readable(path):
    record = read(path)

    event = decode(record)

    assert path.name.startswith(f"{path_of(record.event_type, record.schema_version).stem}.")
    assert time_of(event) == record.occurred_at
    if record.schema_version == UPCASTERS.current(record.event_type):
        assert encode(event) == record


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_type_keeps_a_golden_file_of_each_version_it_ever_had(kind):
    versions = range(1, UPCASTERS.current(kind.__name__) + 1)

    assert [number for number in versions if not path_of(kind.__name__, number).exists()] == []


def test_the_examples_show_every_event_type():
    assert {name.partition(".")[0] for name in examples()} == {kind.__name__ for kind in EVENT_TYPES}


def test_an_order_of_before_promotions_has_no_charges_but_delivery_and_no_parts_by_line():
    old = read(path_of("OrderCreated", 1))

    created = decode(old)

    assert isinstance(created, OrderCreated)
    assert not {"other_charges", "lines", "line_goods"} & old.data.keys()
    assert (created.other_charges, created.lines, created.line_goods) == (cny(0), (), ())
    assert encode(created).schema_version == 2


@given(any_event(OrderCreated))
def test_what_version_one_left_out_is_what_version_two_states(event: OrderEvent):
    assert isinstance(event, OrderCreated)
    record = encode(replace(event, other_charges=event.total * 0, lines=(), line_goods=()))
    left_out = {"other_charges", "lines", "line_goods"}
    old = replace(
        record,
        schema_version=1,
        data={name: value for name, value in record.data.items() if name not in left_out},
    )

    assert encode(decode(old)) == record


def test_reading_an_old_event_changes_nothing_of_what_is_stored():
    old = read(path_of("OrderCreated", 1))

    decode(old)

    assert old == read(path_of("OrderCreated", 1))


def test_an_old_event_folds_into_the_order_that_it_always_made():
    drafted, created = (
        an_order().with_line("mug", 2, cny(49_000)).with_delivery_fee(cny(2_000)).created().records
    )
    old = read(path_of("OrderCreated", 1))

    order = fold([decode(drafted), decode(old)])

    assert created.schema_version == 2
    assert (order.total, order.goods, order.other_charges) == (cny(100_000), cny(99_000), cny(0))
    assert [line.sku for line in order.lines] == ["mug"]


@pytest.mark.parametrize("version", [1, 2])
def test_an_agreement_on_another_price_is_stored_with_its_lines_and_their_parts(version):
    agreed = decode(read(path_of("OrderCreated", version, AGREED_LINES)))

    assert isinstance(agreed, OrderCreated)
    assert [line.unit_price for line in agreed.lines] == [cny(45_000), cny(900)]
    assert agreed.line_goods == (90_000, 900)
    assert agreed.goods + agreed.delivery_fee + cny(1_400) == agreed.total


def test_an_added_field_that_says_nothing_is_not_stored():
    plain = an_order().asked_to_pay().records[-1]

    assert plain.data.keys() == read(path_of("PaymentRequested", 1)).data.keys()
    assert "capture" not in plain.data


@pytest.mark.parametrize(
    ("version", "name"),
    [(1, "goods"), (1, "total"), (1, "created_at"), (2, "other_charges"), (2, "lines"), (2, "line_goods")],
)
def test_what_a_version_always_states_may_not_be_missing(version, name):
    record = read(path_of("OrderCreated", version))

    with pytest.raises(KeyError):
        decode(replace(record, data={key: value for key, value in record.data.items() if key != name}))


@pytest.mark.parametrize(
    "changed", [{"event_type": "OrderEaten"}, {"schema_version": 3}, {"schema_version": 0}]
)
def test_an_event_of_another_release_is_not_guessed(changed):
    (drafted,) = an_order().drafted().records

    with pytest.raises(UnknownEventTypeError):
        decode(replace(drafted, **changed))


def test_an_event_that_lost_a_field_is_not_read():
    (drafted,) = an_order().drafted().records
    damaged = {name: value for name, value in drafted.data.items() if name != "buyer_id"}

    with pytest.raises(KeyError):
        decode(replace(drafted, data=damaged))


def test_times_keep_their_microseconds_and_their_zone():
    event = OrderCompleted(datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC))

    assert time_of(decode(encode(event))).utcoffset() == timedelta(0)
    assert time_of(decode(encode(event))).microsecond == 1
