"""Reads a signed callback of the sandbox carrier: verify first, translate second. Stores nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adapters.carriers.sandbox_events import fact_of
from adapters.signature import RejectionReason, SignatureVerifier
from adapters.strict_json import UnreadableEventError, parse_json
from domain.ports.carriers import CarrierCallbackRejectedError, CarrierFact


class SandboxCarrierCallbackReader:
    """Turns raw callback bytes into a fact that is known to come from the carrier."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """`secrets`: one, or two while the secret is being replaced."""
        self._verifier = SignatureVerifier(secrets, CarrierCallbackRejectedError)

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> CarrierFact:
        """The fact in `body`. Raises `CarrierCallbackRejectedError` with a `RejectionReason` as `reason`."""
        self._verifier.verify(headers, body, now)
        try:
            return fact_of(parse_json(body))
        except UnreadableEventError as error:
            raise CarrierCallbackRejectedError(reason=RejectionReason.MALFORMED, field=str(error)) from error
