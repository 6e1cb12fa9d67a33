"""Charges: delivery, services, the platform's fee, and the channel's on everything before it."""

import pytest

from domain.catalogue.items import Category
from domain.errors import InvalidValueError
from domain.pricing.book import (
    DeliveryFee,
    FeeRules,
    PaymentDiscount,
    PlatformFee,
    PointsRule,
    ServiceFee,
    ServiceNotFoundError,
)
from domain.pricing.breakdown import Funder, Layer
from domain.pricing.calculation import Calculation
from domain.pricing.request import Scene, Wishes
from tests.support.builders import cny
from tests.support.price_pages import (
    SHOP,
    a_page,
    a_promotion,
    a_voucher,
    amounts,
    an_item,
    delivery,
    flash,
    price,
    total,
)

INSURANCE = ServiceFee("insurance", "Insurance", amount=500)
WRAPPING = ServiceFee("wrapping", "Wrapping", basis_points=333)
SERVICES = {fee.code: fee for fee in (INSURANCE, WRAPPING)}


def charged(fees, *lines, wishes=None, scene=Scene.CHECKOUT, items=(), **page) -> Calculation:
    return price(a_page(*items, fees=fees, **page), *lines, wishes=wishes or Wishes(), scene=scene)


def test_free_goods_carry_their_delivery_fee():
    made = charged(delivery(1_001), ("gift", 1), ("cup", 1), items=(an_item("gift", 0), an_item("cup", 0)))

    assert made.breakdown.line_totals() == (cny(500), cny(501))


def test_virtual_goods_carry_none():
    items = (an_item("song", 99, category=Category.VIRTUAL), an_item("box", 70_001))

    made = charged(delivery(7), ("song", 1), ("box", 1), items=items)

    assert made.breakdown.line_totals() == (cny(99), cny(70_008))
    assert charged(delivery(7), ("song", 1), items=items).total == cny(99)


def test_a_fee_of_nothing_is_no_component():
    assert amounts(charged(delivery(0)).breakdown) == {"base": 10_000}


@pytest.mark.parametrize(("free_from", "fee"), [(10_001, 900), (10_000, 0), (0, 0), (None, 900)])
def test_delivery_is_free_from_an_amount_on(free_from, fee):
    assert charged(delivery(900, free_from=free_from)).total == cny(10_000 + fee)


def test_free_delivery_looks_at_the_merchants_physical_goods_after_promotions():
    items = (
        an_item("mug", 10_000),
        an_item("song", 50_000, category=Category.VIRTUAL),
        an_item("box", 50_000, merchant="shop-8"),
    )
    promotions = (a_promotion("shop_threshold", {"minimum": 1, "amount": 5_000}, "off"),)

    made = charged(
        delivery(900, free_from=20_000),
        ("mug", 2),
        ("song", 1),
        ("box", 1),
        items=items,
        promotions=promotions,
    )

    # Leaving the reduction of 50.00 out to save 9.00 would be dearer.
    assert amounts(made.breakdown)[f"delivery:{SHOP}"] == 900


def test_free_delivery_does_not_look_at_the_voucher():
    made = charged(
        delivery(900, free_from=10_000), wishes=Wishes(voucher_code="SAVE"), voucher=a_voucher(5_000)
    )

    assert made.total == cny(5_000)


def test_every_merchant_charges_for_itself():
    fees = FeeRules({SHOP: DeliveryFee(cny(1_000)), "shop-8": DeliveryFee(cny(700))})
    items = (an_item("mug", 10), an_item("box", 10, merchant="shop-8"), an_item("pen", 10))

    made = charged(fees, ("mug", 1), ("box", 1), ("pen", 1), items=items)

    parts = {part.source: part.shares for part in made.breakdown.components[1:]}
    assert parts == {f"merchant:{SHOP}": ((1, 500), (3, 500)), "merchant:shop-8": ((2, 700),)}


def test_services_are_chosen_by_code_and_stand_in_their_order():
    wishes = Wishes(services=("wrapping", "insurance"))

    made = charged(FeeRules(services=SERVICES), wishes=wishes)

    assert amounts(made.breakdown) == {"base": 10_000, "service:insurance": 500, "service:wrapping": 333}
    insurance, wrapping = made.breakdown.components[1:]
    assert (insurance.label, insurance.kind, insurance.base) == ("Insurance", "service", None)
    assert wrapping.base == cny(10_000)


def test_a_share_of_the_goods_is_taken_after_deductions():
    wishes = Wishes(services=("wrapping",), voucher_code="SAVE")

    made = charged(FeeRules(services=SERVICES), wishes=wishes, voucher=a_voucher(4_000))

    assert amounts(made.breakdown)["service:wrapping"] == 200  # 199.8


def test_every_unknown_service_is_named():
    with pytest.raises(ServiceNotFoundError) as refused:
        charged(FeeRules(services=SERVICES), wishes=Wishes(services=("x", "insurance", "a")))

    assert refused.value.facts == {"services": ["a", "x"], "currency": "CNY"}


def test_the_platform_adds_an_amount_and_a_share():
    made = charged(FeeRules(platform=PlatformFee(100, 25)))

    part = made.breakdown.components[-1]
    assert (part.amount, part.base, part.source, part.funder) == (
        cny(125),
        cny(10_000),
        "platform",
        Funder.BUYER,
    )


@pytest.mark.parametrize(("payable", "fee"), [(10_000, 200), (25, 1), (24, 0), (74, 1), (75, 2)])
def test_the_channels_fee_is_rounded_half_up(payable, fee):
    made = charged(
        FeeRules(handling={"card": 200}),
        wishes=Wishes(payment_method="card"),
        items=(an_item("mug", payable),),
    )

    assert made.total == cny(payable + fee)


def test_the_channels_fee_is_taken_of_everything_before_it():
    fees = FeeRules({SHOP: DeliveryFee(cny(1_000))}, SERVICES, PlatformFee(100), handling={"card": 1_000})
    wishes = Wishes(payment_method="card", services=("insurance",), voucher_code="SAVE")

    made = charged(fees, wishes=wishes, voucher=a_voucher(2_000))

    part = made.breakdown.components[-1]
    assert part.base == cny(10_000 - 2_000 + 1_000 + 500 + 100)
    assert part.amount == cny(960)
    assert (part.id, part.source, part.layer) == ("handling:card", "channel:card", Layer.CHARGE)


@pytest.mark.parametrize("method", ["", "wallet"])
def test_without_a_method_that_charges_there_is_no_channels_fee(method):
    assert charged(FeeRules(handling={"card": 200}), wishes=Wishes(payment_method=method)).total == cny(
        10_000
    )


@pytest.mark.parametrize("scene", [Scene.DISPLAY, Scene.CART])
def test_display_and_cart_know_no_charges(scene):
    fees = FeeRules({SHOP: DeliveryFee(cny(1_000))}, SERVICES, PlatformFee(100), {"card": 200})
    wishes = Wishes(payment_method="card", services=("insurance",))

    assert charged(fees, wishes=wishes, scene=scene).total == cny(10_000)


def test_charges_on_free_goods_find_their_lines():
    fees = FeeRules(services=SERVICES, platform=PlatformFee(3))

    made = charged(
        fees, ("mug", 1), ("mug", 2), wishes=Wishes(services=("insurance",)), promotions=(flash(0),)
    )

    assert made.total == cny(503)
    assert sum(line.amount for line in made.breakdown.line_totals()) == 503


def test_line_goods_leave_charges_out():
    page = a_page(fees=delivery(1_000), promotions=(flash(8_000),))

    assert price(page).breakdown.line_goods() == (cny(8_000),)
    assert total(page) == 9_000


@pytest.mark.parametrize(
    "make",
    [
        lambda: DeliveryFee(cny(-1)),
        lambda: DeliveryFee(cny(1), -1),
        lambda: ServiceFee("a", "A", -1),
        lambda: ServiceFee("a", "A", basis_points=10_001),
        lambda: PlatformFee(-1),
        lambda: PlatformFee(basis_points=-1),
        lambda: PaymentDiscount("card", amount=-1),
        lambda: PaymentDiscount("card", cap=-1),
        lambda: PaymentDiscount("card", minimum=-1),
        lambda: PaymentDiscount("card", basis_points=10_001),
        lambda: PointsRule(0, cny(1)),
        lambda: PointsRule(1, cny(0)),
        lambda: PointsRule(1, cny(1), 10_001),
        lambda: FeeRules(handling={"card": 10_001}),
        lambda: FeeRules(deduction_cap=-1),
    ],
)
def test_impossible_fees_cannot_be_made(make):
    with pytest.raises(InvalidValueError):
        make()
