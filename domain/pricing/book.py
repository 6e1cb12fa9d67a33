"""The price book's answer to one request: everything that a calculation may use, read at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.catalogue.items import BasePrice, Category
from domain.errors import DomainError, InvalidValueError
from domain.money import BASIS_POINTS, Money
from domain.pricing.breakdown import Funder
from domain.pricing.promotion import Lane, Promotion, Selector, Shopper
from domain.specification import AllOf, Specification
from domain.stock.allowance import Allowance

HALF = BASIS_POINTS // 2


class PriceNotFoundError(DomainError):
    """No such SKU, or it is not sold in this currency and region."""

    code = "price_not_found"


class ServiceNotFoundError(DomainError):
    """No value-added service of this code in this currency."""

    code = "service_not_found"


@dataclass(frozen=True, slots=True)
class ItemPrice:
    """One SKU's page of the price book."""

    sku: str
    merchant_id: str
    title: str
    category: Category
    price: BasePrice


class VoucherKind(StrEnum):
    """What a voucher takes off."""

    AMOUNT = "amount"
    PERCENTAGE = "percentage"


@dataclass(frozen=True, slots=True)
class Voucher:
    """Something a buyer presents once per order, tested after promotions.

    AMOUNT: `value` is minor units. PERCENTAGE: `value` is basis points, `cap` the most that it takes off.
    `minimum` is the least that goods in scope must cost. `skus` and `merchant_id` limit its scope.
    `has_uses`: uses are counted; `per_buyer_limit`: most uses by one buyer. `buyer_id`: only that buyer's.
    """

    code: str
    name: str
    kind: VoucherKind
    value: int
    currency: str
    starts_at: datetime
    ends_at: datetime
    funder: Funder
    minimum: int = 0
    cap: int | None = None
    merchant_id: str | None = None
    skus: frozenset[str] | None = None
    buyer_id: str | None = None
    condition: Specification[Shopper] = field(default_factory=lambda: AllOf(()))
    has_uses: bool = False
    per_buyer_limit: int | None = None

    def __post_init__(self) -> None:
        if self.value < 1 or (self.kind is VoucherKind.PERCENTAGE and self.value > BASIS_POINTS):
            raise InvalidValueError(field="value", rule="at least 1; as a percentage at most 10,000")
        if self.minimum < 0 or (self.cap is not None and self.cap < 1):
            raise InvalidValueError(field="minimum", rule="minimum not negative, cap at least 1")
        if self.ends_at <= self.starts_at:
            raise InvalidValueError(field="ends_at", rule="later than starts_at")


def _check_share(field_name: str, basis_points: int) -> None:
    if not 0 <= basis_points <= BASIS_POINTS:
        raise InvalidValueError(field=field_name, rule=f"0 to {BASIS_POINTS} basis points")


def _check_amounts(**amounts: int) -> None:
    for name, amount in amounts.items():
        if amount < 0:
            raise InvalidValueError(field=name, rule="not negative")


@dataclass(frozen=True, slots=True)
class PointsRule:
    """What points are worth: `points` of them are worth `worth`; at most `cap` basis points of the goods."""

    points: int
    worth: Money
    cap: int = HALF
    funder: Funder = Funder.PLATFORM

    def __post_init__(self) -> None:
        if self.points < 1 or self.worth.amount < 1:
            raise InvalidValueError(field="points", rule="some points are worth some money")
        _check_share("cap", self.cap)


@dataclass(frozen=True, slots=True)
class PaymentDiscount:
    """A payment method's own reduction, after voucher and points: basis points with a cap, or an amount."""

    method: str
    funder: Funder = Funder.CHANNEL
    basis_points: int = 0
    amount: int = 0
    cap: int | None = None
    minimum: int = 0

    def __post_init__(self) -> None:
        _check_share("basis_points", self.basis_points)
        _check_amounts(amount=self.amount, cap=self.cap or 0, minimum=self.minimum)


@dataclass(frozen=True, slots=True)
class DeliveryFee:
    """What a merchant charges for carrying its physical goods, once per order.

    Nothing when its physical goods cost `free_from` minor units or more, after promotions.
    """

    amount: Money
    free_from: int | None = None

    def __post_init__(self) -> None:
        _check_amounts(amount=self.amount.amount, free_from=self.free_from or 0)


@dataclass(frozen=True, slots=True)
class ServiceFee:
    """A value-added service such as insurance: an amount per order, or basis points of the goods."""

    code: str
    label: str
    amount: int = 0
    basis_points: int = 0

    def __post_init__(self) -> None:
        _check_share("basis_points", self.basis_points)
        _check_amounts(amount=self.amount)


@dataclass(frozen=True, slots=True)
class PlatformFee:
    """What the platform adds: an amount per order and basis points of the goods, both may be 0."""

    amount: int = 0
    basis_points: int = 0

    def __post_init__(self) -> None:
        _check_share("basis_points", self.basis_points)
        _check_amounts(amount=self.amount)


@dataclass(frozen=True, slots=True)
class FeeRules:
    """The charges of one currency. `handling` is in basis points by payment method, of what is payable
    before it; `deduction_cap` is the most that deductions together may take of the goods, in basis points.
    """

    delivery: Mapping[str, DeliveryFee] = field(default_factory=dict)
    services: Mapping[str, ServiceFee] = field(default_factory=dict)
    platform: PlatformFee | None = None
    handling: Mapping[str, int] = field(default_factory=dict)
    payment_discounts: Mapping[str, PaymentDiscount] = field(default_factory=dict)
    points: PointsRule | None = None
    deduction_cap: int = BASIS_POINTS
    selectors: Mapping[Lane, Selector] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_share("deduction_cap", self.deduction_cap)
        for method, basis_points in self.handling.items():
            _check_share(f"handling.{method}", basis_points)


@dataclass(frozen=True, slots=True)
class PriceBookPage:
    """What the price book says about one request, in one currency.

    `left` tells what remains of each counted allowance, with the buyer's own holds counted as free; one for
    a single buyer that is not in it is untouched. `voucher` is None when the code is unknown.
    """

    currency: str
    items: Mapping[str, ItemPrice]
    fees: FeeRules = FeeRules()
    promotions: tuple[Promotion, ...] = ()
    voucher: Voucher | None = None
    left: Mapping[Allowance, int] = field(default_factory=dict)
