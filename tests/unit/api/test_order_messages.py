"""What a message about a price asks of the buyer."""

from __future__ import annotations

import pytest

from api.views import message_view
from domain.money import Money
from workflows.contracts import Message


@pytest.mark.parametrize(
    ("severity", "resolution"), [("warning", "confirm_or_decline_price"), ("info", "none")]
)
def test_a_changed_price_asks_for_a_word_unless_it_was_applied_by_policy(severity: str, resolution: str):
    message = Message(
        code="price_changed",
        severity=severity,
        old_total=Money(1_000, "CNY"),
        new_total=Money(900, "CNY"),
        reason="price_adjusted",
    )

    view = message_view(message)

    assert view["resolution"] == resolution
    assert view["difference"] == {"amount": -100, "currency": "CNY"}
