"""The fee rules of one currency as plain JSON and back, exactly. The currency itself is not in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.money import BASIS_POINTS, Money
from domain.pricing.book import (
    HALF,
    DeliveryFee,
    FeeRules,
    PaymentDiscount,
    PlatformFee,
    PointsRule,
    ServiceFee,
)
from domain.pricing.breakdown import Funder
from domain.pricing.fields import Fields, text
from domain.pricing.promotion import Lane, Selector

LONGEST_METHOD = 40


def fee_rules_document(rules: FeeRules) -> dict[str, Any]:
    """Fee rules as JSON: delivery by merchant, the others as lists or by payment method, sorted."""
    return {
        "delivery": {name: _delivery_document(fee) for name, fee in sorted(rules.delivery.items())},
        "services": [service_document(fee) for _, fee in sorted(rules.services.items())],
        "platform": None if rules.platform is None else platform_document(rules.platform),
        "handling": dict(sorted(rules.handling.items())),
        "payment_discounts": [discount_document(each) for _, each in sorted(rules.payment_discounts.items())],
        "points": None if rules.points is None else points_document(rules.points),
        "deduction_cap": rules.deduction_cap,
        "selectors": {str(lane): str(how) for lane, how in sorted(rules.selectors.items())},
    }


def fee_rules_from(document: Any, currency: str) -> FeeRules:
    """The rules of such a document, in this currency. Raises `InvalidValueError`."""
    read = Fields(document)
    services = [_service(each, place) for place, each in enumerate(read.sequence("services"))]
    discounts = [_discount(each, place) for place, each in enumerate(read.sequence("payment_discounts"))]
    rules = FeeRules(
        delivery=_deliveries(read.mapping("delivery"), currency),
        services={service.code: service for service in services},
        platform=_platform(read.anything("platform")) if read.has("platform") else None,
        handling=_handling(read),
        payment_discounts={discount.method: discount for discount in discounts},
        points=_points(currency, read.anything("points")) if read.has("points") else None,
        deduction_cap=read.basis_points("deduction_cap", 0) if read.has("deduction_cap") else BASIS_POINTS,
        selectors=_selectors(read.mapping("selectors")),
    )
    if len(rules.services) != len(services):
        raise read.refused("services", "each code once")
    if len(rules.payment_discounts) != len(discounts):
        raise read.refused("payment_discounts", "each method once")
    read.done()
    return rules


def service_document(fee: ServiceFee) -> dict[str, Any]:
    """A value-added service as JSON."""
    return {"code": fee.code, "label": fee.label, "amount": fee.amount, "basis_points": fee.basis_points}


def platform_document(fee: PlatformFee) -> dict[str, Any]:
    """The platform's fee as JSON."""
    return {"amount": fee.amount, "basis_points": fee.basis_points}


def discount_document(discount: PaymentDiscount) -> dict[str, Any]:
    """A payment method's discount as JSON."""
    return {
        "method": discount.method,
        "funder": str(discount.funder),
        "basis_points": discount.basis_points,
        "amount": discount.amount,
        "cap": discount.cap,
        "minimum": discount.minimum,
    }


def points_document(rule: PointsRule) -> dict[str, Any]:
    """What points are worth, as JSON; `worth` in minor units."""
    return {
        "points": rule.points,
        "worth": rule.worth.amount,
        "cap": rule.cap,
        "funder": str(rule.funder),
    }


def _delivery_document(fee: DeliveryFee) -> dict[str, Any]:
    return {"amount": fee.amount.amount, "free_from": fee.free_from}


def _deliveries(fees: Mapping[str, Any], currency: str) -> Mapping[str, DeliveryFee]:
    return {name: _delivery(currency, fee, name) for name, fee in _named(fees, "delivery")}


def _delivery(currency: str, document: Any, merchant: str) -> DeliveryFee:
    read = Fields(document, f"delivery.{merchant}")
    fee = DeliveryFee(Money(read.whole("amount"), currency), _optional(read, "free_from"))
    read.done()
    return fee


def _service(document: Any, place: int) -> ServiceFee:
    read = Fields(document, f"services[{place}]")
    fee = ServiceFee(read.text("code"), read.text("label"), _or_zero(read, "amount"), _share(read))
    read.done()
    return fee


def _platform(document: Any) -> PlatformFee:
    read = Fields(document, "platform")
    fee = PlatformFee(_or_zero(read, "amount"), _share(read))
    read.done()
    return fee


def _handling(read: Fields) -> Mapping[str, int]:
    rates = Fields(read.mapping("handling"), "handling")
    return {
        method: rates.basis_points(method, 0) for method, _ in _named(read.mapping("handling"), "handling")
    }


def _discount(document: Any, place: int) -> PaymentDiscount:
    read = Fields(document, f"payment_discounts[{place}]")
    discount = PaymentDiscount(
        method=read.text("method", LONGEST_METHOD),
        funder=read.choice("funder", Funder) if read.has("funder") else Funder.CHANNEL,
        basis_points=_share(read),
        amount=_or_zero(read, "amount"),
        cap=_optional(read, "cap"),
        minimum=_or_zero(read, "minimum"),
    )
    read.done()
    return discount


def _points(currency: str, document: Any) -> PointsRule:
    read = Fields(document, "points")
    rule = PointsRule(
        points=read.whole("points", 1),
        worth=Money(read.whole("worth", 1), currency),
        cap=read.basis_points("cap", 0) if read.has("cap") else HALF,
        funder=read.choice("funder", Funder) if read.has("funder") else Funder.PLATFORM,
    )
    read.done()
    return rule


def _selectors(chosen: Mapping[str, Any]) -> Mapping[Lane, Selector]:
    read = Fields(chosen, "selectors")
    selectors = {lane: read.choice(lane, Selector) for lane in Lane if read.has(lane)}
    read.done()
    return selectors


def _named(mapping: Mapping[str, Any], where: str) -> list[tuple[str, Any]]:
    return [(text(name, where), value) for name, value in mapping.items()]


def _share(read: Fields) -> int:
    return read.basis_points("basis_points", 0) if read.has("basis_points") else 0


def _or_zero(read: Fields, name: str) -> int:
    return read.whole(name) if read.has(name) else 0


def _optional(read: Fields, name: str) -> int | None:
    return read.whole(name) if read.has(name) else None
