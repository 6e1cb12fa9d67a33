"""Why money does not move."""

from __future__ import annotations

from api.refusals.rule import Rule

MONEY = {
    "payment_not_possible": Rule(409, "No payment is possible now", "Look at the order's payment_status."),
    "payment_amount_mismatch": Rule(
        409, "The money is not the total", "Send it back, or leave it; only the whole total can be accepted."
    ),
    "callback_rejected": Rule(
        401, "The callback is not authentic", "Sign the raw body; send it within 5 minutes."
    ),
    "unknown_provider": Rule(404, "No such payment provider", "Check the address."),
    "payment_outcome_unknown": Rule(
        503, "The provider did not answer", "Send the same request again later.", 2
    ),
    "payment_refused_by_provider": Rule(409, "The provider refused", "Try another way to pay."),
}
