"""Which refusals every call to an order may meet, for the documentation of routes."""

from __future__ import annotations

A_LOOK = ("wrong_scope", "order_not_found")
A_CHANGE = (
    *A_LOOK,
    "merchant_not_found",
    "idempotency_key_missing",
    "idempotency_key_reused",
    "request_still_running",
    "order_not_started",
    "order_already_ended",
    "invalid_state_transition",
    "order_changed",
    "invalid_request",
    "order_process_unavailable",
)
