"""The operator's fee rules, one set for each currency. Delivery fees are the merchants' and elsewhere."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.requests import Request
from starlette.responses import Response

from api.access import Scope, actor_of, needs
from api.answers import json_answer, no_content
from api.dependencies import services_of
from api.documentation import described
from api.json_body import read_body
from api.schemas.currency import CURRENCIES
from api.schemas.fee_rules import FeeRulesBody
from api.views import Json
from domain.errors import InvalidCurrencyError, InvalidValueError
from domain.money import Money
from domain.ports.catalogue import Author
from domain.ports.prices import PlaceAndTime
from domain.pricing.book import FeeRules, PaymentDiscount, PlatformFee, PointsRule, ServiceFee
from domain.pricing.documents import fee_rules_document

router = APIRouter(prefix="/v1/fee-rules", tags=["prices"])
_CURRENCY = Path(examples=["CNY"])
_EXAMPLE = {
    "services": [{"code": "insurance", "label": "Insurance", "amount": 5000}],
    "platform": {"amount": 0, "basis_points": 0},
    "handling": {"card": 200},
    "payment_discounts": [{"method": "wallet", "basis_points": 100, "cap": 2000}],
    "points": {"points": 100, "worth": 100},
    "deduction_cap": 10000,
    "selectors": {"item": "lowest_price"},
}


@router.put(
    "/{currency}",
    status_code=204,
    dependencies=[needs(Scope.OPERATOR)],
    **described(
        body=FeeRulesBody,
        answers={204: "Done."},
        refusals=(
            "malformed_json",
            "unsupported_media_type",
            "invalid_request",
            "invalid_currency",
            "wrong_scope",
        ),
        example=_EXAMPLE,
    ),
)
async def put_fee_rules(request: Request, currency: Annotated[str, _CURRENCY]) -> Response:
    """Replace the fee rules of a currency. Prices that were shown hold as long as their snapshots."""
    _known(currency)
    body = await read_body(request, FeeRulesBody)
    rules = _rules(currency, body)
    await services_of(request).ports.catalogue.put_fee_rules(currency, rules, Author(actor_of(request)))
    return no_content()


@router.get(
    "/{currency}",
    dependencies=[needs(Scope.OPERATOR, Scope.FINANCE, Scope.MERCHANT)],
    **described(answers={200: FeeRulesBody}, refusals=("invalid_currency",)),
)
async def read_fee_rules(request: Request, currency: Annotated[str, _CURRENCY]) -> Response:
    """The fee rules of a currency as they are now."""
    _known(currency)
    ports = services_of(request).ports
    page = await ports.price_book.page((), PlaceAndTime(currency, "", ports.clock.now()))
    return json_answer(_view(page.fees))


def _known(currency: str) -> None:
    if currency not in CURRENCIES:
        raise InvalidCurrencyError


def _rules(currency: str, body: FeeRulesBody) -> FeeRules:
    services = {each.code: ServiceFee(**each.model_dump()) for each in body.services}
    discounts = {each.method: PaymentDiscount(**each.model_dump()) for each in body.payment_discounts}
    if len(services) != len(body.services):
        raise InvalidValueError(field="services", rule="each code once")
    if len(discounts) != len(body.payment_discounts):
        raise InvalidValueError(field="payment_discounts", rule="each method once")
    points = body.points
    return FeeRules(
        services=services,
        platform=PlatformFee(**body.platform.model_dump()) if body.platform else None,
        handling=body.handling,
        payment_discounts=discounts,
        points=PointsRule(points.points, Money(points.worth, currency), points.cap, points.funder)
        if points
        else None,
        deduction_cap=body.deduction_cap,
        selectors=body.selectors,
    )


def _view(rules: FeeRules) -> Json:
    document = fee_rules_document(rules)
    return {name: document[name] for name in FeeRulesBody.model_fields}
