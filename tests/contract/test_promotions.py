"""Which promotions come with some goods: those in scope, active then or about to begin."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.ports.prices import PlaceAndTime
from domain.pricing.conditions import IS_NEW_BUYER
from domain.pricing.kinds import rule_of
from domain.pricing.promotion import Promotion
from domain.specification import AllOf
from tests.support.offers import (
    ANN,
    JUNE,
    MAY,
    MID_MAY,
    a_promotion,
    an_item,
    in_china,
    on_page,
)
from tests.support.port_worlds import PortWorld

TEA = on_page(an_item("tea"))
CUP = on_page(an_item("cup", merchant="m2"))
INSTANT = timedelta(microseconds=1)
SOON = timedelta(minutes=10)


async def put(world: PortWorld, *promotions: Promotion) -> None:
    for promotion in promotions:
        quotas = {"tea": 5} if promotion.has_quota else {}
        await world.catalogue.put_promotion(promotion, quotas, ANN)


async def names(
    world: PortWorld, *, at: datetime = MID_MAY, goods: Any = (TEA, CUP), segments: Any = ()
) -> list[str]:
    return [promotion.id for promotion in await world.promotions.active(goods, in_china(at), segments)]


async def test_they_come_as_they_were_put_by_id(world: PortWorld) -> None:
    bundle = a_promotion(
        "bundle",
        kind="bundle_percentage",
        rule=rule_of("bundle_percentage", {"min_quantity": 3, "basis_points": 2_000, "max_rounds": None}),
        merchant_id="m1",
        skus=frozenset({"tea", "pot"}),
        segments=frozenset({"vip", "staff"}),
        condition=AllOf((IS_NEW_BUYER.equals(value=True),)),
        priority=7,
        exclusive=True,
        min_quantity=3,
        has_quota=True,
        per_buyer_limit=2,
    )
    await put(world, a_promotion("spring"), bundle, a_promotion("Zebra"))

    found = await world.promotions.active([TEA], in_china(), ["vip"])

    assert found == (a_promotion("Zebra"), bundle, a_promotion("spring"))


@pytest.mark.parametrize(
    ("at", "comes"),
    [
        (MAY - SOON - INSTANT, False),
        (MAY - SOON, True),
        (MAY, True),
        (JUNE - INSTANT, True),
        (JUNE, False),
    ],
)
async def test_they_come_ten_minutes_before_their_start_and_until_just_before_their_end(
    world: PortWorld, at: datetime, comes: bool
) -> None:
    await put(world, a_promotion())

    assert await names(world, at=at) == (["spring"] if comes else [])


@pytest.mark.parametrize(
    ("scope", "comes"),
    [
        ({}, True),
        ({"skus": frozenset({"tea"})}, True),
        ({"skus": frozenset({"pot"})}, False),
        ({"merchant_id": "m2"}, True),
        ({"merchant_id": "m3"}, False),
        ({"merchant_id": "m2", "skus": frozenset({"cup", "pot"})}, True),
        ({"merchant_id": "m2", "skus": frozenset({"tea"})}, False),
    ],
    ids=["all", "sku", "other sku", "merchant", "other merchant", "both", "sku of another merchant"],
)
async def test_only_those_that_cover_some_of_the_goods_come(
    world: PortWorld, scope: dict[str, Any], comes: bool
) -> None:
    await put(world, a_promotion(**scope))

    assert await names(world) == (["spring"] if comes else [])


async def test_those_for_segments_come_for_buyers_in_one_of_them_only(world: PortWorld) -> None:
    await put(world, a_promotion("all"), a_promotion("some", segments=frozenset({"vip", "staff"})))

    assert await names(world) == ["all"]
    assert await names(world, segments=["gold"]) == ["all"]
    assert await names(world, segments=["gold", "vip"]) == ["all", "some"]


async def test_those_of_another_currency_do_not_come(world: PortWorld) -> None:
    await put(world, a_promotion("yuan"), a_promotion("euro", currency="EUR"))

    assert await names(world) == ["yuan"]
    in_euro = await world.promotions.active([TEA], PlaceAndTime("EUR", "FR", MID_MAY), ())
    assert [promotion.id for promotion in in_euro] == ["euro"]


async def test_no_goods_have_no_promotions(world: PortWorld) -> None:
    await put(world, a_promotion())

    assert await names(world, goods=()) == []


async def test_a_replaced_promotion_comes_as_it_is_now(world: PortWorld) -> None:
    await put(world, a_promotion(), a_promotion(segments=frozenset({"vip"}), skus=frozenset({"tea"})))

    assert await names(world) == []
    assert await names(world, segments=["vip"]) == ["spring"]


async def test_an_ended_promotion_does_not_come_afterwards(world: PortWorld) -> None:
    await put(world, a_promotion())

    await world.catalogue.end_promotion("spring", MID_MAY, ANN)

    assert await names(world, at=MID_MAY) == []
    found = await world.promotions.active([TEA], in_china(MID_MAY - INSTANT), ())
    assert found == (replace(a_promotion(), ends_at=MID_MAY, version=2),)
