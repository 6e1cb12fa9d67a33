"""Verifies Standard Webhooks signatures over raw bytes against a given time. Does not read what is signed."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from standardwebhooks import Webhook

from domain.errors import DomainError

# Published in the documentation, so it protects nothing: a production start must refuse it.
DEMO_SECRET: Final = "whsec_" + base64.b64encode(b"orderkeep demo secret, not for production").decode()

LARGEST_BODY: Final = 64 * 1024
"""Bytes of a callback body (http.md, "Bad input")."""

TOLERANCE: Final = timedelta(minutes=5)
"""How far `webhook-timestamp` may be from now, either way (Standard Webhooks 1.0)."""

_MOST_SIGNATURES: Final = 8
_LONGEST_TIMESTAMP: Final = 12


class RejectionReason(StrEnum):
    """Why a callback was refused; the value of the fact `reason` in the error that is raised."""

    TOO_LARGE = "too_large"
    SIGNATURE = "signature"
    TIMESTAMP = "timestamp"
    MALFORMED = "malformed"


class SignatureVerifier:
    """Accepts what any of `secrets` signed: one in normal times, two while a secret is being replaced."""

    def __init__(self, secrets: Sequence[str], rejected: type[DomainError]) -> None:
        """`secrets` have the form `whsec_<base64>`; `rejected` is what a refusal raises.

        Raises `ValueError` when there is no secret.
        """
        if not secrets:
            message = "a callback secret is required"
            raise ValueError(message)
        self._signers = tuple(Webhook(secret) for secret in secrets)
        self._rejected = rejected

    def verify(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Return when the signature holds; raise with a `reason` otherwise.

        `Webhook.verify` reads the machine's clock and cannot be given `now`, so the package only computes
        the expected signature here; age and constant-time comparison are done in this module.
        """
        if len(body) > LARGEST_BODY:
            raise self._rejected(reason=RejectionReason.TOO_LARGE)
        lowered = {name.lower(): value for name, value in headers.items()}
        message_id = lowered.get("webhook-id", "")
        presented = lowered.get("webhook-signature", "").split(" ")
        stamp = lowered.get("webhook-timestamp", "")
        if not message_id or len(presented) > _MOST_SIGNATURES:
            raise self._rejected(reason=RejectionReason.SIGNATURE)
        signed_at = self._timestamp(stamp)
        if not self._matches(presented, message_id, signed_at, self._text(body)):
            raise self._rejected(reason=RejectionReason.SIGNATURE)
        if abs(now - signed_at) > TOLERANCE:
            raise self._rejected(reason=RejectionReason.TIMESTAMP)

    def _matches(self, presented: Sequence[str], message_id: str, signed_at: datetime, text: str) -> bool:
        found = False
        for signer in self._signers:
            expected = signer.sign(message_id, signed_at, text).encode()
            for candidate in presented:
                # No early exit: the time taken says nothing about which secret or signature was close.
                found |= hmac.compare_digest(expected, candidate.encode("utf-8", "replace"))
        return found

    def _timestamp(self, text: str) -> datetime:
        # Whole seconds only: the package signs the rounded second, so "1.9" would pass for "1".
        if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_TIMESTAMP):
            raise self._rejected(reason=RejectionReason.TIMESTAMP)
        try:
            return datetime.fromtimestamp(int(text), tz=UTC)
        except (ValueError, OverflowError, OSError) as error:
            raise self._rejected(reason=RejectionReason.TIMESTAMP) from error

    def _text(self, body: bytes) -> str:
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self._rejected(reason=RejectionReason.SIGNATURE) from error
