"""Why goods on their way, returns and refunds are not what somebody asked for."""

from __future__ import annotations

from api.refusals.rule import Rule

AFTER_SALE = {
    # Goods on their way.
    "shipment_not_found": Rule(404, "No such shipment", "Check the id."),
    "unknown_carrier": Rule(404, "No such carrier", "Check the address."),
    "carrier_callback_rejected": Rule(
        401, "The callback is not authentic", "Sign the raw body; send it within 5 minutes."
    ),
    "carrier_refused": Rule(409, "The carrier refused", "Look at the order's shipments."),
    "carrier_outcome_unknown": Rule(
        503, "The carrier did not answer", "Send the same request again later.", 2
    ),
    # Returns and refunds.
    "return_not_found": Rule(404, "No such return", "Check the id; the order lists its returns."),
    "return_closed": Rule(409, "The return was decided otherwise, or is over", "Look at its status."),
    "not_returnable": Rule(422, "The buyer does not have that many", "Take at most left units of that line."),
    "refund_exceeds_captured": Rule(422, "More than was captured", "Refund at most what refundable says."),
    "payment_not_in_review": Rule(
        409, "That money waits for nobody's decision", "Look at the order's payment_status."
    ),
    # Versions and streams.
    "order_changed": Rule(412, "It is another version now", "Read the order again and decide on that."),
    "too_many_streams": Rule(429, "Too many streams", "Wait as Retry-After says, or ask with wait.", 5),
}
