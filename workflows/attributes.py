"""Search attributes of an order's workflow. No personal data: they are not encrypted."""

from __future__ import annotations

from typing import Final

from temporalio.common import SearchAttributeKey

ORDER_STATUS: Final = SearchAttributeKey.for_keyword("OrderStatus")
PAYMENT_STATUS: Final = SearchAttributeKey.for_keyword("PaymentStatus")
MERCHANT_IDS: Final = SearchAttributeKey.for_keyword_list("MerchantIds")
AMOUNT_MINOR: Final = SearchAttributeKey.for_int("AmountMinor")
CURRENCY: Final = SearchAttributeKey.for_keyword("Currency")
NEEDS_REVIEW: Final = SearchAttributeKey.for_bool("NeedsReview")
FAILED_STEP: Final = SearchAttributeKey.for_keyword("FailedStep")

ALL: Final = (
    ORDER_STATUS,
    PAYMENT_STATUS,
    MERCHANT_IDS,
    AMOUNT_MINOR,
    CURRENCY,
    NEEDS_REVIEW,
    FAILED_STEP,
)
