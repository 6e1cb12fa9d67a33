"""Where an order, its parts, and what may be done with it are found."""

from __future__ import annotations

from domain.order.actions import Action, allowed_actions
from domain.order.order import Order
from domain.order.returns import ReturnCase, ReturnStatus

_PATHS = {
    Action.CONFIRM_PRICE: "price-confirmation",
    Action.DECLINE_PRICE: "price-decline",
    Action.PAY_AGAIN: "payments",
    Action.CANCEL: "cancel",
    Action.CHANGE_ADDRESS: "address",
    Action.ACCEPT_SERVICE: "accept",
    Action.REQUEST_RETURN: "returns",
    Action.REQUEST_REFUND: "refunds",
    Action.SETTLE_REVIEW: "payment-review",
}
_OF_RETURNS = frozenset({Action.DECIDE_RETURN, Action.RECEIVE_RETURN})


def order_path(order_id: str) -> str:
    """Where an order is found."""
    return f"/v1/orders/{order_id}"


def return_path(order_id: str, return_id: str) -> str:
    """Where a return is found."""
    return f"{order_path(order_id)}/returns/{return_id}"


def links_of(order: Order) -> dict[str, str]:
    """The order, what belongs to it, and where each of its `allowed_actions` is asked for.

    Of several returns that wait, the oldest is linked; each return has its own links.
    """
    path = order_path(order.id)
    links = {"self": path, "events": f"{path}/events", "stream": f"{path}/events/stream"}
    for action in allowed_actions(order):
        if action in _PATHS:
            links[action.value] = f"{path}/{_PATHS[action]}"
        elif action in _OF_RETURNS:
            links[action.value] = next(
                steps[action] for case in order.returns if action in (steps := return_steps(order.id, case))
            )
    return links


def return_steps(order_id: str, case: ReturnCase) -> dict[str, str]:
    """Where a return is moved on."""
    path, steps = return_path(order_id, case.id), {}
    if case.status is ReturnStatus.REQUESTED:
        steps[Action.DECIDE_RETURN.value] = f"{path}/decision"
    if case.status is ReturnStatus.APPROVED and case.goods_back:
        steps[Action.RECEIVE_RETURN.value] = f"{path}/receipt"
    if case.exchange and not case.new_order_id and case.status is not ReturnStatus.REJECTED:
        steps["exchange"] = f"{path}/exchange"
    return steps
