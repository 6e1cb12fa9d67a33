"""Why an order is not placed or not changed."""

from __future__ import annotations

from api.refusals.rule import Rule

ORDERS = {
    "address_required": Rule(422, "An address is needed", "Send address: a line of this order is physical."),
    "buyer_erased": Rule(
        409, "The buyer's personal data was erased", "Nothing more can be kept for this buyer; use a new one."
    ),
    "goods_to_be_sent": Rule(
        409, "Goods are still to be sent", "Wait until these orders have left, or cancel them."
    ),
    "order_not_found": Rule(404, "No such order", "Check the id."),
    "version_not_reached": Rule(
        404, "It has not come to that version yet", "Ask for a version up to head, or for none."
    ),
    "not_yet_there": Rule(404, "Nothing of it was known then", "Ask for a time after began_at."),
    "nothing_audited": Rule(404, "Nothing ever happened to it", "Check the subject and the id."),
    "order_has_no_lines": Rule(422, "An order needs a line", "Send at least one line."),
    "order_not_started": Rule(
        409, "The order has not started yet", "It is accepted; wait and send again.", 1
    ),
    "out_of_stock": Rule(409, "Not enough in stock", "Order at most what is available."),
    "invalid_state_transition": Rule(
        409, "The order's state does not allow this", "Look at its allowed_actions."
    ),
    "order_already_ended": Rule(409, "The order has ended", "Look at its status."),
    "idempotency_key_reused": Rule(
        422, "The key came with another request", "Use a new Idempotency-Key for a new request."
    ),
    "request_still_running": Rule(
        409, "The first request with this key is running", "Wait and send the same request again.", 1
    ),
}
