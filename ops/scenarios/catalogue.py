"""The scenarios in the order in which they are told."""

from ops.scenarios.after_sale import charged_back, partly_returned
from ops.scenarios.fulfilment import (
    captured_with_the_parcel,
    parcel_lost,
    service_not_accepted,
    two_warehouses,
)
from ops.scenarios.messages import ordered_by_message
from ops.scenarios.outages import temporal_stopped, valkey_stopped, worker_killed
from ops.scenarios.payments import (
    cancelled_while_paying,
    declined_then_paid,
    happy_path,
    never_paid,
    told_three_times,
)
from ops.scenarios.prices import (
    everything_at_once,
    flash_sale_ends,
    new_buyer_on_day_8,
    price_changed_confirmed,
    price_changed_declined,
    promotion_sold_out,
)
from ops.scenarios.records import forgotten, looked_back
from ops.scenarios.rivalry import last_unit, same_request_ten_times
from ops.scenarios.settlement import settled
from ops.scenarios.story import Scenario

SCENARIOS = (
    Scenario(1, "Paid, shipped, delivered, completed", happy_path),
    Scenario(2, "Declined, then paid by a second attempt", declined_then_paid),
    Scenario(3, "Never paid: cancelled at the deadline", never_paid),
    Scenario(4, "Callbacks three times and out of order", told_three_times),
    Scenario(5, "The same POST ten times at once", same_request_ten_times),
    Scenario(6, "Worker killed right after the charge", worker_killed, ("worker",)),
    Scenario(7, "Two buyers, last unit", last_unit),
    Scenario(8, "Cancelled while the payment runs", cancelled_while_paying),
    Scenario(9, "Temporal stopped while 20 orders arrive", temporal_stopped, ("temporal",)),
    Scenario(10, "Valkey stopped", valkey_stopped, ("valkey",)),
    Scenario(11, "Price changed, the buyer agrees", price_changed_confirmed),
    Scenario(12, "Price changed, the buyer declines", price_changed_declined),
    Scenario(13, "Flash sale ends between quote and order", flash_sale_ends),
    Scenario(14, "Promotion sold out", promotion_sold_out),
    Scenario(15, "New-buyer offer on day 8", new_buyer_on_day_8),
    Scenario(16, "Bundle, threshold, voucher and points", everything_at_once),
    Scenario(17, "Money taken when the parcel leaves", captured_with_the_parcel),
    Scenario(18, "Two warehouses, two parcels", two_warehouses),
    Scenario(19, "A service that nobody accepts", service_not_accepted),
    Scenario(20, "One of three returned", partly_returned),
    Scenario(21, "The bank takes the money back", charged_back),
    Scenario(22, "The carrier loses a parcel", parcel_lost),
    Scenario(23, "Settled between merchant, platform and channel", settled),
    Scenario(24, "As it was, and who did it", looked_back),
    Scenario(25, "A buyer asks to be forgotten", forgotten),
    Scenario(26, "Ordered by message, three times", ordered_by_message),
)
