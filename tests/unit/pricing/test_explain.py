"""A breakdown as one line of text, in the decimals that the edge knows of."""

import pytest

from domain.money import Money
from domain.pricing.breakdown import Component, Funder, Layer, PriceBreakdown
from domain.pricing.explain import price_text


def a_breakdown(*parts, currency="CNY") -> PriceBreakdown:
    components = tuple(
        Component(
            str(n), Layer.BASE, "kind", "label", Money(part, currency), Funder.BUYER, "here", ((1, part),)
        )
        for n, part in enumerate(parts)
    )
    return PriceBreakdown(currency, 1, components)


@pytest.mark.parametrize(
    ("parts", "digits", "expected"),
    [
        ((100_000, -2_000, -8_000, 1_000), 2, "1000.00 − 20.00 − 80.00 + 10.00 = 910.00"),
        ((1_000, -1), 0, "1000 − 1 = 999"),
        ((1_005, 7), 3, "1.005 + 0.007 = 1.012"),
        ((5,), 2, "0.05 = 0.05"),
        ((-5, 3), 2, "−0.05 + 0.03 = −0.02"),
        ((), 2, "0.00 = 0.00"),
        ((), 0, "0 = 0"),
    ],
)
def test_every_component_is_a_term(parts, digits, expected):
    assert price_text(a_breakdown(*parts), digits) == expected
