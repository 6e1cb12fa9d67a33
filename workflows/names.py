"""Wire names of workflows and messages, and ids of executions. Never change one: histories hold them."""

from __future__ import annotations

from typing import Final

from domain.errors import InvalidValueError

ORDER_WORKFLOW: Final = "Order"
LATE_PAYMENT_WORKFLOW: Final = "LatePayment"
HOUSEKEEPING_WORKFLOW: Final = "Housekeeping"
AFTER_SALE_WORKFLOW: Final = "AfterSale"
LATE_REPORT_WORKFLOW: Final = "LateReport"

CHECKOUT: Final = "checkout"
CONFIRM_PRICE: Final = "confirm_price"
DECLINE_PRICE: Final = "decline_price"
CANCEL_ORDER: Final = "cancel_order"
PAY_AGAIN: Final = "pay_again"
CHANGE_ADDRESS: Final = "change_address"
ACCEPT_SERVICE: Final = "accept_service"
REQUEST_RETURN: Final = "request_return"
DECIDE_RETURN: Final = "decide_return"
RECEIVE_RETURN: Final = "receive_return"
REQUEST_REFUND: Final = "request_refund"
LINK_EXCHANGE: Final = "link_exchange"
SETTLE_REVIEW: Final = "settle_review"
PAYMENT_REPORTED: Final = "payment_reported"
SHIPMENT_REPORTED: Final = "shipment_reported"
STATUS: Final = "status"
PRICE_BREAKDOWN: Final = "price_breakdown"
TIMELINE: Final = "timeline"
ALLOWED_ACTIONS: Final = "allowed_actions"

_ORDER_PREFIX: Final = "order:"
_LATE_PREFIX: Final = "late-payment:"
_AFTER_SALE_PREFIX: Final = "after-sale:"
_LATE_REPORT_PREFIX: Final = "late-report:"
_HOUSEKEEPING_PREFIX: Final = "housekeeping:"


def order_workflow_id(order_id: str) -> str:
    """The one execution that carries this order."""
    return f"{_ORDER_PREFIX}{order_id}"


def order_of_workflow_id(workflow_id: str) -> str:
    """The order that an execution carries. Raises `InvalidValueError` for an id of something else."""
    order_id = workflow_id.removeprefix(_ORDER_PREFIX)
    if order_id == workflow_id or not order_id:
        raise InvalidValueError(field="workflow_id", rule=f"{_ORDER_PREFIX}<order id>")
    return order_id


def late_payment_workflow_id(payment_key: str) -> str:
    """The one execution that takes care of money which came after its order's workflow had ended."""
    return f"{_LATE_PREFIX}{payment_key}"


def after_sale_workflow_id(order_id: str) -> str:
    """The one execution that takes care of returns and refunds after the order's own workflow has ended."""
    return f"{_AFTER_SALE_PREFIX}{order_id}"


def late_report_workflow_id(order_id: str) -> str:
    """The one execution that hears of an order's parcels after the order's own workflow has ended."""
    return f"{_LATE_REPORT_PREFIX}{order_id}"


def schedule_id(chore: str, task_queue: str) -> str:
    """The schedule of a chore for the workers of one queue: installations may share a namespace."""
    return f"{chore}:{task_queue}"


def housekeeping_workflow_id(chore: str, task_queue: str) -> str:
    """What the executions of a chore's turns are called; the schedule adds the time to it."""
    return f"{_HOUSEKEEPING_PREFIX}{schedule_id(chore, task_queue)}"
