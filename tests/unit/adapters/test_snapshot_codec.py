"""The bytes of a snapshot: the same today, tomorrow and in every release."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.snapshot_codec import decode_snapshot, encode_snapshot
from domain.money import LARGEST_AMOUNT, Money
from domain.pricing.breakdown import PriceBreakdown
from tests.support.snapshots import a_snapshot

# Written by the first release. It must be read, and written again exactly so, by every later one.
FIRST_RELEASE = (
    '{"id":"snp_1","scene":"checkout","buyer_id":"buyer-1","lines":[{"line":1,"sku":"sku-0","merchant_id":"m1",'
    '"title":"茶 sku-0","category":"physical","quantity":3,"unit_price":{"amount":490,"currency":"CNY"}}],'
    '"breakdown":{"currency":"CNY","components":[{"id":"base","layer":"base","label":"goods","amount":'
    '{"amount":1470,"currency":"CNY"},"funder":"buyer","source":"price_book","per_line":[{"amount":1470,'
    '"currency":"CNY"}]},{"id":"delivery:m1","layer":"charge","label":"delivery_fee","amount":{"amount":1000,'
    '"currency":"CNY"},"funder":"buyer","source":"merchant:m1","per_line":[{"amount":1000,"currency":"CNY"}]}]},'
    '"rule_version":"RULES","created_at":"2026-03-01T12:00:00.250000Z","expires_at":"2026-03-01T12:15:00.250000Z"}'
)


def test_the_bytes_of_the_first_release_are_read_and_written_for_ever() -> None:
    snapshot = decode_snapshot(FIRST_RELEASE)

    assert snapshot == replace(a_snapshot("snp_1", lines=1), rule_version="RULES")
    assert encode_snapshot(snapshot) == FIRST_RELEASE.encode()


@given(amount=st.integers(-LARGEST_AMOUNT, LARGEST_AMOUNT), title=st.text(min_size=1))
def test_any_snapshot_comes_back_as_it_was(amount: int, title: str) -> None:
    made = a_snapshot("snp_1", lines=1)
    line, price = replace(made.lines[0], title=title), Money(amount, "KWD")
    component = replace(made.breakdown.components[0], amount=price, per_line=(price,))
    breakdown = PriceBreakdown("KWD", (component,))
    snapshot = replace(made, buyer_id=None, lines=(line,), breakdown=breakdown)

    assert decode_snapshot(encode_snapshot(snapshot)) == snapshot


@pytest.mark.parametrize("amount", [1.5, "1", True, 2**63])
def test_amounts_that_are_no_money_are_refused(amount: object) -> None:
    document = json.loads(FIRST_RELEASE)
    document["lines"][0]["unit_price"]["amount"] = amount

    with pytest.raises(ValueError, match=r"(?i)snapshot"):
        decode_snapshot(json.dumps(document))
