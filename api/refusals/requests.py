"""What is wrong with a request itself, with whoever sends it, and with what should answer it."""

from __future__ import annotations

from api.refusals.rule import Rule

REQUESTS = {
    # The request itself.
    "malformed_json": Rule(
        400, "Not acceptable JSON", "Send one UTF-8 JSON document without duplicate keys."
    ),
    "idempotency_key_missing": Rule(
        400,
        "Idempotency-Key is missing",
        "Send the header Idempotency-Key: 1 to 255 printable ASCII characters.",
    ),
    "invalid_request": Rule(
        422, "The request breaks a rule", "Correct the fields in errors and send it again."
    ),
    "unauthorised": Rule(401, "No valid credential", "Send Authorization: Bearer with a valid API key."),
    "not_found": Rule(404, "Nothing here", "Check the address; /docs lists all calls."),
    "method_not_allowed": Rule(405, "Method not allowed", "Use a method that the header Allow names."),
    "body_too_slow": Rule(408, "The body did not arrive in time", "Send the whole body at once."),
    "body_too_large": Rule(413, "The body is too large", "Send at most 256 KiB; callbacks at most 64 KiB."),
    "unsupported_media_type": Rule(415, "Unsupported media type", "Send Content-Type: application/json."),
    "too_many_requests": Rule(429, "Too many calls", "Wait as Retry-After says.", 1),
    "internal_error": Rule(
        500, "Something broke here", "Nothing to change; quote request_id when you ask us."
    ),
    "dependency_unavailable": Rule(503, "A dependency is down", "Send the same request again later.", 2),
    "deadline_exceeded": Rule(
        408, "The answer was not there in time", "Send the same request again, with a later deadline."
    ),
    # Access.
    "wrong_scope": Rule(403, "The key is not for this", "Use a key with one of the scopes in needed."),
    "merchant_not_found": Rule(404, "No such merchant", "Check the id; a merchant's key reaches its own."),
    "projection_not_found": Rule(404, "No such projection", "Use one of the names in known."),
    # Temporal.
    "order_process_unavailable": Rule(
        503, "Orders cannot be reached now", "Send the same request again later.", 2
    ),
}
