"""Reads a signed callback of the sandbox provider: verify first, translate second. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.payments.sandbox_events import fact_of
from adapters.signature import RejectionReason, SignatureVerifier
from adapters.strict_json import UnreadableEventError, parse_json
from domain.payment.facts import PaymentFact
from domain.ports.payments import CallbackRejectedError


class SandboxCallbackReader:
    """Turns raw callback bytes into a fact that is known to come from the provider."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """`secrets`: one, or two while the secret is being replaced."""
        self._verifier = SignatureVerifier(secrets, CallbackRejectedError)

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> PaymentFact:
        """The fact in `body`. Raises `CallbackRejectedError` whose fact `reason` is a `RejectionReason`."""
        self._verifier.verify(headers, body, now)
        try:
            return fact_of(parse_json(body))
        except UnreadableEventError as error:
            raise CallbackRejectedError(reason=RejectionReason.MALFORMED, field=str(error)) from error
