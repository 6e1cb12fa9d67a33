"""The bytes of a snapshot: the same today, tomorrow and in every release."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.snapshot_codec import decode_snapshot, encode_snapshot
from domain.catalogue.buyers import Buyer
from domain.money import LARGEST_AMOUNT, Money
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.pricing.calculation import AppliedPromotion, Remark
from domain.pricing.request import Scene, Wishes
from domain.pricing.snapshot import PriceSnapshot
from domain.stock.allowance import Allowance, Claim
from tests.support.builders import cny
from tests.support.snapshots import QUOTED_AT, a_calculation, a_component, a_snapshot, frozen

BODIES = Path(__file__).with_name("bodies")
FIRST = BODIES.joinpath("snapshot_v1.json").read_bytes()
SECOND = BODIES.joinpath("snapshot_v2.json").read_bytes()


def everything() -> PriceSnapshot:
    """A snapshot in which no field has its default."""
    parts = [
        a_component("flash_sale", Layer.PROMOTION, [-1_000, 0], source="pro_1"),
        Component(
            "voucher:SPRING",
            Layer.DEDUCTION,
            "voucher",
            "voucher",
            cny(-500),
            Funder.PLATFORM,
            "SPRING",
            ((1, -300), (2, -200)),
        ),
        Component(
            "handling",
            Layer.CHARGE,
            "handling_fee",
            "handling_fee",
            cny(150),
            Funder.BUYER,
            "card",
            ((1, 100), (2, 50)),
            base=cny(7_500),
        ),
    ]
    offer = AppliedPromotion(
        "pro_1",
        "双十一",
        "flash_sale",
        QUOTED_AT + timedelta(hours=1),
        cny(1_000),
        Funder.MERCHANT,
        ("sku-0",),
    )
    claims = [
        Claim(Allowance.of_promotion("pro_1", "sku-0"), 1),
        Claim(Allowance.of_promotion_for("pro_1", "sku-0", "buyer-1"), 1, limit=2),
        Claim(Allowance.of_points("buyer-1"), 300),
    ]
    wishes = Wishes("CN", "card", "SPRING", 300, ("insurance",), ("hold_1",))
    made = frozen(
        a_calculation(*parts, goods=[5_000, 4_000], promotions=[offer], claims=claims),
        snapshot_id="snap_1",
        scene=Scene.CART,
        buyer=Buyer("buyer-1", QUOTED_AT, segments=frozenset({"vip", "staff"})),
        wishes=wishes,
        degraded=True,
    )
    remarks = (
        Remark("add_more", "pro_2", "", "sku-1", 2, cny(2_000), cny(500)),
        Remark("voucher_not_applied", "SPRING", "minimum"),
    )
    return replace(made, remarks=remarks)


def test_the_example_leaves_no_field_at_its_default() -> None:
    empty = a_snapshot(buyer_id=None)
    optional = [field.name for field in fields(PriceSnapshot)][8:]

    same = [name for name in optional if getattr(empty, name) == getattr(everything(), name)]

    assert same == []


def test_a_body_of_the_first_release_says_what_it_said() -> None:
    snapshot = decode_snapshot(FIRST)

    assert (snapshot.id, snapshot.scene, snapshot.buyer_id) == ("snp_1", Scene.CHECKOUT, "buyer-1")
    assert (snapshot.goods, snapshot.charges, snapshot.total) == (cny(1_470), cny(1_000), cny(2_470))
    assert snapshot.breakdown.line_totals() == (cny(2_470),)
    assert [part.shares for part in snapshot.breakdown.components] == [((1, 1_470),), ((1, 1_000),)]
    assert snapshot.breakdown.sum_of_kind("delivery_fee") == cny(1_000)
    assert snapshot.created_at == QUOTED_AT
    assert (snapshot.wishes, snapshot.claims, snapshot.degraded) == (Wishes(), (), False)


def test_a_body_of_the_first_release_has_the_same_bytes_in_the_new_form_for_ever() -> None:
    again = encode_snapshot(decode_snapshot(FIRST))

    assert decode_snapshot(again) == decode_snapshot(FIRST)
    assert encode_snapshot(decode_snapshot(again)) == again


def test_the_bytes_of_the_second_form_are_read_and_written_for_ever() -> None:
    assert decode_snapshot(SECOND) == everything()
    assert encode_snapshot(everything()) == SECOND


def test_equal_snapshots_have_equal_bytes() -> None:
    one = frozen(a_calculation(), snapshot_id="snap_1", buyer=Buyer("b", segments=frozenset("xyz")))
    two = frozen(a_calculation(), snapshot_id="snap_1", buyer=Buyer("b", segments=frozenset("zyx")))

    assert encode_snapshot(one) == encode_snapshot(two)


def test_the_order_of_members_does_not_matter_to_a_reader() -> None:
    document = json.loads(SECOND)
    turned = dict(reversed(document.items()))

    assert decode_snapshot(json.dumps(turned)) == everything()


@given(
    amount=st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT),
    title=st.text(min_size=1),
    created=st.datetimes(timezones=st.just(QUOTED_AT.tzinfo)),
)
def test_any_snapshot_comes_back_as_it_was(amount: int, title: str, created) -> None:
    made = everything()
    line, price = replace(made.lines[0], title=title), Money(amount, "KWD")
    part = replace(made.breakdown.components[0], amount=price, shares=((1, amount),))
    snapshot = replace(
        made,
        buyer_id=None,
        lines=(line,),
        breakdown=PriceBreakdown("KWD", 1, (part,)),
        created_at=created,
        expires_at=created,
    )

    assert decode_snapshot(encode_snapshot(snapshot)) == snapshot


@pytest.mark.parametrize("body", [FIRST, SECOND])
@pytest.mark.parametrize("amount", [1.5, "1", True, 2**63, None])
def test_amounts_that_are_no_money_are_refused(body: bytes, amount: object) -> None:
    document = json.loads(body)
    document["lines"][0]["unit_price"]["amount"] = amount

    with pytest.raises(ValueError, match=r"(?i)snapshot"):
        decode_snapshot(json.dumps(document))


@pytest.mark.parametrize("form", ['{"v":3,"id":"snap_1"}', '{"id":"snap_1","v":3}', '{"v":"2"}'])
def test_a_form_to_come_is_refused_and_not_guessed(form: str) -> None:
    with pytest.raises(ValueError, match="version"):
        decode_snapshot(form)


@pytest.mark.parametrize(
    "body", ["", "{", "[]", "null", '"v"', "{}", '{"v":2,"id":1}', '{"id":1}', '{"v":2}', '{"breakdown":[]}']
)
def test_what_is_no_snapshot_is_refused(body: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whatever a parser says of it
        decode_snapshot(body)


@pytest.mark.parametrize("change", [("label", "gift_wrap"), ("per_line", [{"currency": "CNY"}])])
def test_a_first_form_that_was_never_written_is_refused(change: tuple[str, object]) -> None:
    document = json.loads(FIRST)
    name, value = change
    document["breakdown"]["components"][0][name] = value

    with pytest.raises(ValueError, match="snapshot"):
        decode_snapshot(json.dumps(document))


def test_shares_that_do_not_sum_up_are_no_snapshot() -> None:
    document = json.loads(SECOND)
    document["breakdown"]["components"][0]["amount"]["amount"] += 1

    with pytest.raises(ValueError, match="snapshot"):
        decode_snapshot(json.dumps(document))
