"""The charges and deductions of one currency, as operators set them. Amounts are its minor units."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from api.schemas.quotes import PaymentMethod
from api.schemas.values import BasisPoints, Code, Price, RequestBody, Title
from domain.money import BASIS_POINTS
from domain.pricing.book import HALF
from domain.pricing.breakdown import Funder
from domain.pricing.promotion import Lane, Selector

_MOST = 100


class ServiceBody(RequestBody):
    """A value-added service: an amount per order, and basis points of the goods."""

    code: Code
    label: Annotated[Title, Field(examples=["Insurance"])]
    amount: Price = 0
    basis_points: BasisPoints = 0


class PlatformFeeBody(RequestBody):
    """What the platform adds: an amount per order, and basis points of the goods."""

    amount: Price = 0
    basis_points: BasisPoints = 0


class PaymentDiscountBody(RequestBody):
    """A payment method's own reduction from `minimum` on: basis points with a cap, or an amount."""

    method: PaymentMethod
    funder: Funder = Funder.CHANNEL
    basis_points: BasisPoints = 0
    amount: Price = 0
    cap: Annotated[Price | None, Field(ge=1)] = None
    minimum: Price = 0


class PointsRuleBody(RequestBody):
    """`points` of them are worth `worth` minor units; at most `cap` basis points of the goods."""

    points: Annotated[int, Field(ge=1, le=1_000_000_000, examples=[100])]
    worth: Annotated[Price, Field(ge=1, examples=[100])]
    cap: BasisPoints = HALF
    funder: Funder = Funder.PLATFORM


class FeeRulesBody(RequestBody):
    """Everything but delivery fees, which merchants set. It replaces what was there.

    `handling` is in basis points by payment method. `deduction_cap` is the most that voucher, points and
    payment discount together may take of the goods. `selectors` say how a lane chooses: the cheapest for the
    buyer where nothing is said.
    """

    services: Annotated[tuple[ServiceBody, ...], Field(max_length=_MOST)] = ()
    platform: PlatformFeeBody | None = None
    handling: Annotated[dict[PaymentMethod, BasisPoints], Field(max_length=_MOST, default_factory=dict)]
    payment_discounts: Annotated[tuple[PaymentDiscountBody, ...], Field(max_length=_MOST)] = ()
    points: PointsRuleBody | None = None
    deduction_cap: BasisPoints = BASIS_POINTS
    selectors: Annotated[dict[Lane, Selector], Field(default_factory=dict)]
