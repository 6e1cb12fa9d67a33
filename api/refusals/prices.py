"""Why a price is not told or does not hold."""

from __future__ import annotations

from api.refusals.rule import Rule

PRICES = {
    # Prices.
    "snapshot_not_found": Rule(404, "No such price snapshot", "Ask for a quote for this buyer first."),
    "snapshot_mismatch": Rule(
        422, "The snapshot prices other lines", "Order exactly the lines that were quoted."
    ),
    "snapshot_already_used": Rule(409, "The snapshot was used", "Ask for a new quote for a new order."),
    "price_not_found": Rule(422, "Not on sale", "These SKUs have no price in this currency."),
    "service_not_found": Rule(422, "No such service", "Ask for services that this currency offers."),
    "prices_temporarily_unavailable": Rule(
        503, "Prices cannot be told now", "Send the same request again later.", 2
    ),
    "not_a_final_price": Rule(
        422, "Not a price to order by", "Ask for a new quote; this one was made without promotions."
    ),
    "picture_unavailable": Rule(503, "The picture cannot be drawn now", "Ask for it again later.", 2),
    "item_not_found": Rule(404, "No such item", "Put the item into the catalogue first."),
    # Promotions, vouchers, points, and what a cart holds of them.
    "unknown_promotion_kind": Rule(422, "No such kind of promotion", "Use a kind that is documented."),
    "promotion_not_found": Rule(404, "No such promotion", "Check the id."),
    "promotion_not_started": Rule(409, "The promotion has not started", "Wait until starts_at."),
    "promotion_ended": Rule(409, "The promotion has ended", "Ask for a quote without it."),
    "promotion_not_for_item": Rule(
        422, "The promotion does not cover the item", "Name a promotion whose skus include it."
    ),
    "promotion_not_for_buyer": Rule(
        422, "The promotion is not for this buyer", "Name a promotion that the buyer qualifies for."
    ),
    "promotion_sold_out": Rule(409, "The promotion is sold out", "Take at most what shortages say."),
    "promotion_limit_reached": Rule(409, "The buyer's limit is reached", "Take at most what shortages say."),
    "voucher_used_up": Rule(409, "The voucher is used up", "Ask for a quote without it."),
    "not_enough_points": Rule(409, "Not enough points", "Ask for a quote with fewer points."),
    "hold_not_found": Rule(404, "No such hold", "Check the id; it must be the buyer's own."),
    "hold_not_active": Rule(
        409, "The hold cannot be given back", "An order took it over; cancel the order instead."
    ),
    "price_cannot_be_negative": Rule(422, "A price cannot be negative", "Send an amount of 0 or more."),
    "mixed_currencies": Rule(422, "Two currencies in one order", "Use one currency for each order."),
    "currency_mismatch": Rule(422, "Two currencies in one sum", "Use one currency."),
    "invalid_currency": Rule(422, "Unknown currency", "Use an ISO 4217 code such as CNY."),
    "amount_out_of_range": Rule(422, "The amount is too large", "Sums must fit 64 bits of minor units."),
    "invalid_value": Rule(422, "A value breaks a rule", "Correct the value that field names."),
}
