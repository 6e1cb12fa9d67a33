"""Any event that the domain can say, made from its types alone, so that a new field takes part by itself."""

from __future__ import annotations

import typing
from dataclasses import fields
from datetime import UTC, datetime
from enum import StrEnum
from types import UnionType
from typing import Any

from hypothesis import strategies as st

from domain.address import Address
from domain.buyer.events import BuyerErased, BuyerEvent
from domain.catalogue.items import BasePrice
from domain.money import LARGEST_AMOUNT, Money
from domain.order.events import OrderEvent
from domain.order.lines import LARGEST_QUANTITY
from domain.review.content import Content, NewPrices, NewPromotion
from domain.review.events import ProposalEvent

TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
WORDS = TEXTS.filter(str.strip)
CURRENCIES = st.sampled_from(["CNY", "EUR", "JPY"])
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as hypothesis wants them
AMOUNTS = st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT)
COUNTS = st.integers(1, LARGEST_QUANTITY)
# Numbers that a double cannot hold must come through, too.
DOCUMENTS = st.dictionaries(
    TEXTS,
    st.recursive(
        st.none() | st.booleans() | AMOUNTS | TEXTS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


def _addresses() -> st.SearchStrategy[Address]:
    plain = st.builds(Address, WORDS, WORDS, WORDS, st.just("GB"))
    return plain | st.builds(Address.behind, WORDS, st.just("CN"))


@st.composite
def _base_prices(draw: st.DrawFn) -> BasePrice:
    currency = draw(CURRENCIES)
    market = draw(st.integers(1, LARGEST_AMOUNT))
    discount = draw(st.integers(0, market))
    listed = draw(st.none() | st.integers(discount, LARGEST_AMOUNT))
    return BasePrice(
        Money(market, currency),
        Money(discount, currency),
        None if listed is None else Money(listed, currency),
        draw(st.sampled_from(["", "CN", "GB"])),
    )


def _place(price: BasePrice) -> tuple[str, str]:
    return price.market_price.currency, price.region


@st.composite
def _contents(draw: st.DrawFn) -> Content:
    starts, ends = sorted(draw(st.lists(MOMENTS, min_size=2, max_size=2, unique=True)))
    if draw(st.booleans()):
        prices = draw(st.lists(_base_prices(), min_size=1, max_size=3, unique_by=_place))
        until = draw(st.sampled_from([ends, None]))
        return Content(starts, until, prices=NewPrices(draw(WORDS), tuple(prices)))
    skus = draw(st.none() | st.frozensets(WORDS, max_size=3))
    quotas = draw(st.dictionaries(WORDS, st.integers(0, LARGEST_AMOUNT), max_size=3))
    return Content(starts, ends, promotion=NewPromotion(draw(WORDS), draw(DOCUMENTS), skus, quotas))


_OF: dict[Any, st.SearchStrategy[Any]] = {
    bool: st.booleans(),
    int: COUNTS,
    str: TEXTS,
    datetime: MOMENTS,
    Money: st.builds(Money, AMOUNTS, CURRENCIES),
    Address: _addresses(),
    Content: _contents(),
}


def values_of(kind: Any, name: str = "") -> st.SearchStrategy[Any]:
    """Values of a type of the domain. What is called a price cannot be negative."""
    if isinstance(kind, UnionType):
        return st.one_of(*(st.none() if part is type(None) else values_of(part) for part in kind.__args__))
    if typing.get_origin(kind) is tuple:
        return st.lists(values_of(typing.get_args(kind)[0]), max_size=3).map(tuple)
    if kind is Money and name.endswith("_price"):
        return st.builds(Money, st.integers(0, LARGEST_AMOUNT), CURRENCIES)
    if kind in _OF:
        return _OF[kind]
    if issubclass(kind, StrEnum):
        return st.sampled_from(list(kind))
    hints = typing.get_type_hints(kind)
    said = {field.name: values_of(hints[field.name], field.name) for field in fields(kind)}
    return st.builds(kind, **said)


def order_events() -> st.SearchStrategy[OrderEvent]:
    """Any event of an order."""
    return st.one_of(*(values_of(kind) for kind in typing.get_args(OrderEvent)))


def proposal_events() -> st.SearchStrategy[ProposalEvent]:
    """Any event of a price proposal."""
    return st.one_of(*(values_of(kind) for kind in typing.get_args(ProposalEvent)))


def buyer_events() -> st.SearchStrategy[BuyerEvent]:
    """Any event of a buyer."""
    return values_of(BuyerErased)
