"""Layer 4: delivery, services, the platform's fee and the channel's. The buyer pays all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.errors import CurrencyMismatchError
from domain.pricing.basket import Basket
from domain.pricing.book import DeliveryFee, FeeRules, PlatformFee, ServiceFee, ServiceNotFoundError
from domain.pricing.breakdown import Funder, Layer
from domain.pricing.parts import Part
from domain.pricing.request import FINAL_SCENES, PriceRequest, Scene
from domain.pricing.rounding import share


class Charges:
    """The charges that one request may bring, whatever its goods cost in the end.

    Raises `ServiceNotFoundError` for a service that nobody offers in this currency.
    """

    __slots__ = ("carried", "handling", "method", "platform", "services")

    def __init__(self, basket: Basket, fees: FeeRules, request: PriceRequest) -> None:
        unknown = sorted(set(request.wishes.services) - fees.services.keys())
        if unknown:
            raise ServiceNotFoundError(services=unknown, currency=basket.currency)
        self.method = request.wishes.payment_method
        charged = request.scene in FINAL_SCENES
        self.carried = _carried(basket, fees.delivery) if charged else []
        self.services = [fees.services[code] for code in sorted(request.wishes.services)] if charged else []
        self.platform = fees.platform if charged else None
        # The channel is known only when the buyer pays.
        self.handling = fees.handling.get(self.method, 0) if request.scene is Scene.CHECKOUT else 0

    def on(self, sums: Sequence[int], goods: int) -> list[Part]:
        """The charges on a basket whose SKUs cost `sums` after promotions, and `goods` after deductions."""
        parts = []
        for merchant, fee, skus, lines in self.carried:
            if fee.free_from is None or sum([sums[sku] for sku in skus]) < fee.free_from:
                parts.append(_delivery(merchant, fee, lines))
        parts += [_service(service, goods) for service in self.services]
        if self.platform:
            parts.append(_platform(self.platform, goods))
        if self.handling:
            parts.append(self._handling(goods + sum([part.amount for part in parts])))
        return [part for part in parts if part.amount]

    def _handling(self, payable: int) -> Part:
        return Part(
            f"handling:{self.method}",
            Layer.CHARGE,
            "handling_fee",
            "handling_fee",
            share(payable, self.handling),
            Funder.BUYER,
            f"channel:{self.method}",
            base=payable,
        )


def _carried(
    basket: Basket, fees: Mapping[str, DeliveryFee]
) -> list[tuple[str, DeliveryFee, list[int], list[int]]]:
    carried = []
    # Sorted, so that the same goods in another order explain themselves in the same words.
    for merchant in sorted(basket.by_merchant.keys() & fees.keys()):
        skus, fee = basket.physical(merchant), fees[merchant]
        if skus and fee.amount.amount:
            if fee.amount.currency != basket.currency:
                raise CurrencyMismatchError(expected=basket.currency, actual=fee.amount.currency)
            carried.append((merchant, fee, skus, basket.lines_of(skus)))
    return carried


def _delivery(merchant: str, fee: DeliveryFee, lines: list[int]) -> Part:
    return Part(
        f"delivery:{merchant}",
        Layer.CHARGE,
        "delivery_fee",
        "delivery_fee",
        fee.amount.amount,
        Funder.BUYER,
        f"merchant:{merchant}",
        lines,
    )


def _service(service: ServiceFee, goods: int) -> Part:
    return Part(
        f"service:{service.code}",
        Layer.CHARGE,
        "service",
        service.label,
        service.amount + share(goods, service.basis_points),
        Funder.BUYER,
        "platform",
        base=goods if service.basis_points else None,
    )


def _platform(fee: PlatformFee, goods: int) -> Part:
    return Part(
        "platform_fee",
        Layer.CHARGE,
        "platform_fee",
        "platform_fee",
        fee.amount + share(goods, fee.basis_points),
        Funder.BUYER,
        "platform",
        base=goods if fee.basis_points else None,
    )
