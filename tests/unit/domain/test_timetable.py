"""Which base price holds when: standing prices, passing ones before them, and never two at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue.items import BasePrice
from domain.catalogue.timetable import (
    PriceSpan,
    Timetable,
    price_at,
    standing_at,
    with_price,
    with_standing,
)
from domain.errors import InvalidValueError
from domain.money import Money

DAY = timedelta(days=1)
START = datetime(2026, 5, 1, tzinfo=UTC)
DAYS = 12
INSTANT = timedelta(microseconds=1)


def day(number: int) -> datetime:
    return START + number * DAY


def price(amount: int, currency: str = "CNY", region: str = "") -> BasePrice:
    return BasePrice(Money(1_000, currency), Money(amount, currency), region=region)


def amount_at(spans: Timetable, at: datetime, currency: str = "CNY", region: str = "") -> int | None:
    found = price_at(spans, currency, region, at)
    return found.discount_price.amount if found else None


Step = Callable[[Timetable], Timetable]
moments = st.integers(0, DAYS)
prices = st.builds(price, st.integers(1, 4), st.sampled_from(["CNY", "EUR"]), st.sampled_from(["", "CN"]))
lists = st.lists(prices, min_size=1, max_size=4, unique_by=lambda p: (p.market_price.currency, p.region))


@st.composite
def price_lists(draw: st.DrawFn) -> Step:
    wanted, at = draw(lists), draw(moments)
    return lambda spans: with_standing(spans, wanted, day(at))


@st.composite
def timed_prices(draw: st.DrawFn) -> Step:
    wanted, starts = draw(prices), draw(moments)
    lasts = draw(st.one_of(st.none(), st.integers(1, 5)))
    span = PriceSpan(wanted, day(starts), None if lasts is None else day(starts + lasts))
    return lambda spans: with_price(spans, span)


steps = st.lists(st.one_of(price_lists(), timed_prices()), max_size=8)
places = st.tuples(st.sampled_from(["CNY", "EUR"]), st.sampled_from(["", "CN", "FR"]))


def made(by: list[Step]) -> Timetable:
    spans: Timetable = ()
    for step in by:
        spans = step(spans)
    return spans


def at_all_times(spans: Timetable, place: tuple[str, str]) -> list[BasePrice | None]:
    return [price_at(spans, *place, day(number) + DAY / 2) for number in range(-1, DAYS + 6)]


def holding(spans: Timetable, place: tuple[str, str], at: datetime) -> set[tuple[BasePrice, bool]]:
    return {(span.price, span.passing) for span in spans if span.place == place and span.holds_at(at)}


@given(steps)
def test_no_two_prices_of_a_place_and_kind_hold_at_once(by: list[Step]) -> None:
    spans = made(by)

    for number in range(-1, DAYS + 6):
        for at in (day(number) - INSTANT, day(number)):
            kinds = [(*span.place, span.passing) for span in spans if span.holds_at(at)]
            assert len(kinds) == len(set(kinds))


@given(steps, prices, moments, st.integers(1, 5))
def test_a_passing_price_holds_in_its_time_and_changes_no_other(
    by: list[Step], wanted: BasePrice, starts: int, lasts: int
) -> None:
    before = made(by)
    place = wanted.market_price.currency, wanted.region

    after = with_price(before, PriceSpan(wanted, day(starts), day(starts + lasts)))

    for number, (old, new) in enumerate(
        zip(at_all_times(before, place), at_all_times(after, place), strict=True), start=-1
    ):
        assert new == (wanted if starts <= number < starts + lasts else old)


@given(steps, lists, moments)
def test_a_price_list_changes_nothing_before_now_of_places_that_had_a_price(
    by: list[Step], wanted: list[BasePrice], now: int
) -> None:
    before = made(by)
    had = {span.place for span in before}

    after = with_standing(before, wanted, day(now))

    for place in had:
        for number in range(-1, now):
            at = day(number) + DAY / 2
            assert holding(after, place, at) == holding(before, place, at)


@given(steps, lists, moments)
def test_after_a_price_list_its_prices_stand_and_nothing_else_is_sold(
    by: list[Step], wanted: list[BasePrice], now: int
) -> None:
    after = with_standing(made(by), wanted, day(now))

    assert set(standing_at(after, day(now))) == set(wanted)
    named = {(p.market_price.currency, p.region) for p in wanted}
    assert all(span.place in named or not span.holds_at(day(now)) for span in after)
    assert all(span.place in named for span in after if span.ends_at is None)


@given(steps, lists, moments)
def test_the_same_price_list_again_changes_nothing(by: list[Step], wanted: list[BasePrice], now: int) -> None:
    once = with_standing(made(by), wanted, day(now))

    assert with_standing(once, wanted[::-1], day(now) + INSTANT) == once


@given(steps, prices, moments, st.one_of(st.none(), st.integers(1, 5)))
def test_the_same_price_for_a_time_again_changes_nothing(
    by: list[Step], wanted: BasePrice, starts: int, lasts: int | None
) -> None:
    span = PriceSpan(wanted, day(starts), None if lasts is None else day(starts + lasts))
    once = with_price(made(by), span)

    assert with_price(once, span) == once


def test_the_first_price_of_a_place_always_held() -> None:
    spans = with_standing((), [price(5)], day(3))

    assert spans == (PriceSpan(price(5)),)
    both = with_standing(spans, [price(5), price(6, "EUR")], day(4))
    assert amount_at(both, day(0), "EUR") == 6


def test_a_later_price_ends_the_earlier_one_in_the_same_instant() -> None:
    spans = with_standing(with_standing((), [price(5)], day(3)), [price(4)], day(5))

    assert amount_at(spans, day(5) - INSTANT) == 5
    assert amount_at(spans, day(5)) == 4


def test_two_price_lists_in_one_instant_leave_the_later_one() -> None:
    spans: Timetable = ()
    for amount in (5, 4, 3):
        spans = with_standing(spans, [price(amount)], day(3))

    assert [(span.price, span.starts_at, span.ends_at) for span in spans] == [
        (price(5), None, day(3)),
        (price(3), day(3), None),
    ]


def test_a_price_set_for_later_still_follows_a_price_list() -> None:
    spans = with_price(with_standing((), [price(5)], day(0)), PriceSpan(price(9), day(8)))

    spans = with_standing(spans, [price(4)], day(2))

    assert [amount_at(spans, day(number)) for number in (1, 2, 7, 8, 99)] == [5, 4, 4, 9, 9]


def test_a_price_without_an_end_replaces_those_set_for_later() -> None:
    spans = with_price(with_standing((), [price(5)], day(0)), PriceSpan(price(9), day(8)))

    spans = with_price(spans, PriceSpan(price(7), day(6)))

    assert [amount_at(spans, day(number)) for number in (5, 6, 8, 99)] == [5, 7, 7, 7]


def test_a_regions_own_standing_price_goes_before_a_passing_one_for_everywhere() -> None:
    spans = with_standing((), [price(5), price(6, region="CN")], day(0))

    spans = with_price(spans, PriceSpan(price(1), day(1), day(3)))

    assert amount_at(spans, day(2), region="CN") == 6
    assert amount_at(spans, day(2), region="FR") == 1


def test_a_span_has_a_length() -> None:
    with pytest.raises(InvalidValueError):
        PriceSpan(price(5), day(1), day(1))
    assert replace(PriceSpan(price(5), day(1)), ends_at=day(1) + INSTANT).holds_at(day(1))
