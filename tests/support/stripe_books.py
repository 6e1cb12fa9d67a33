"""Stripe's objects and what changes them, written after its public API reference; HTTP is `stripe_contract`.

Covers what the gateway uses, for the API version of the library: payment intents with cards, charges,
refunds, disputes, balance transactions and the events of these. Each step takes a second of Stripe's clock.
"""

from __future__ import annotations

import time
from copy import deepcopy
from itertools import count
from typing import Any

Json = dict[str, Any]
_LOOKS_WHILE_PENDING = 2


class RefusedByStripeError(Exception):
    """A 4xx with its code."""

    def __init__(self, code: str, status: int = 400) -> None:
        super().__init__(code)
        self.code, self.status = code, status


class StripeBooks:
    """All objects by kind and id, and the events that were told, oldest first."""

    def __init__(self) -> None:
        self.payment_intents: dict[str, Json] = {}
        self.charges: dict[str, Json] = {}
        self.refunds: dict[str, Json] = {}
        self.disputes: dict[str, Json] = {}
        self.balance_transactions: dict[str, Json] = {}
        self.events: list[Json] = []
        self.next_refund_pends = False
        self._ids = count(1)
        self._last = 0

    # What the merchant asks for.

    def open(self, amount: int, currency: str, capture_method: str, metadata: Json) -> Json:
        """A payment intent that waits for a card."""
        if amount < 1:
            raise RefusedByStripeError("parameter_invalid_integer")
        made = self._new("pi", "payment_intent", amount=amount, currency=currency, metadata=metadata)
        made |= {"status": "requires_payment_method", "capture_method": capture_method, "latest_charge": None}
        made |= {
            "amount_received": 0,
            "amount_capturable": 0,
            "canceled_at": None,
            "last_payment_error": None,
        }
        made["client_secret"] = f"{made['id']}_secret_x"
        self.payment_intents[made["id"]] = made
        return made

    def capture(self, intent: Json, amount: int) -> Json:
        """Take authorised money; the rest goes back as a refund that is a reversal."""
        if intent["status"] != "requires_capture":
            raise RefusedByStripeError("payment_intent_unexpected_state")
        if not 0 < amount <= intent["amount_capturable"]:
            raise RefusedByStripeError("amount_too_large")
        self._take(intent, self.charges[intent["latest_charge"]], amount)
        return intent

    def cancel(self, intent: Json, reason: str | None = None) -> Json:
        """Close an intent; an authorisation is given back as a refund that moved nothing."""
        if intent["status"] in {"succeeded", "canceled", "processing"}:
            raise RefusedByStripeError("payment_intent_unexpected_state")
        if intent["status"] == "requires_capture":
            charge = self.charges[intent["latest_charge"]]
            self._give_back(charge, charge["amount"], {}, category=None)
        intent |= {"status": "canceled", "canceled_at": self._now(), "cancellation_reason": reason}
        intent["amount_capturable"] = 0
        self._tell("payment_intent.canceled", intent)
        return intent

    def refund(self, intent: Json, amount: int, metadata: Json) -> Json:
        """Give captured money back, at once or pending."""
        charge = self.charges.get(intent["latest_charge"] or "")
        if charge is None or not charge["captured"]:
            raise RefusedByStripeError("payment_intent_unexpected_state")
        if charge["disputed"]:
            raise RefusedByStripeError("charge_disputed")
        if not 0 < amount <= charge["amount"] - charge["amount_refunded"]:
            raise RefusedByStripeError("charge_already_refunded")
        return self._give_back(charge, amount, metadata, category="refund")

    # What buyers and banks do.

    def buyer_pays(self, intent: Json) -> bool:
        """A card that works; False when the intent takes none."""
        if intent["status"] in {"succeeded", "requires_capture"}:
            return True
        if intent["status"] != "requires_payment_method":
            return False
        charge = self._charge(intent, "succeeded")
        self._tell("charge.succeeded", charge)
        if intent["capture_method"] == "manual":
            intent |= {"status": "requires_capture", "amount_capturable": intent["amount"]}
            self._tell("payment_intent.amount_capturable_updated", intent)
        else:
            self._take(intent, charge, charge["amount"])
        return True

    def buyer_declines(self, intent: Json) -> None:
        """A card that the bank refuses. The intent stays open for another one."""
        charge = self._charge(intent, "failed")
        intent["last_payment_error"] = {"code": "card_declined", "charge": charge["id"]}
        self._tell("charge.failed", charge)
        self._tell("payment_intent.payment_failed", intent)

    def charge_back(self, intent: Json, status: str = "needs_response") -> Json:
        """The bank disputes what is left; with a `warning_` status nothing moves yet."""
        charge = self.charges[intent["latest_charge"]]
        left = charge["amount"] - charge["amount_refunded"]
        made = self._new("dp", "dispute", amount=left, currency=charge["currency"], status=status)
        made |= {"charge": charge["id"], "payment_intent": intent["id"], "metadata": {}}
        made["balance_transactions"] = []
        charge["disputed"] = True
        self.disputes[made["id"]] = made
        self._tell("charge.dispute.created", made)
        if not status.startswith("warning_"):
            made["balance_transactions"] = [self._book("adjustment", "dispute", -left, made)]
            self._tell("charge.dispute.funds_withdrawn", made)
        return made

    def looked_at_refunds(self) -> None:
        """Pending refunds come through after they were looked at a few times."""
        for refund in self.refunds.values():
            if refund["status"] == "pending":
                refund["looks"] -= 1
                if refund["looks"] < 0:
                    refund["status"] = "succeeded"
                    self._tell("refund.updated", refund)

    def intent_with(self, key: str) -> Json:
        """The intent whose metadata has our key."""
        return next(i for i in self.payment_intents.values() if i["metadata"].get("payment_key") == key)

    def _charge(self, intent: Json, status: str) -> Json:
        made = self._new("ch", "charge", amount=intent["amount"], currency=intent["currency"], status=status)
        made |= {"metadata": dict(intent["metadata"]), "payment_intent": intent["id"], "captured": False}
        made |= {"amount_captured": 0, "amount_refunded": 0, "disputed": False, "balance_transaction": None}
        self.charges[made["id"]] = made
        intent["latest_charge"] = made["id"]
        return made

    def _take(self, intent: Json, charge: Json, amount: int) -> None:
        booked = self._book("charge", "charge", charge["amount"], charge)
        charge |= {"captured": True, "amount_captured": amount, "balance_transaction": booked["id"]}
        intent |= {"status": "succeeded", "amount_received": amount, "amount_capturable": 0}
        self._tell("payment_intent.succeeded", intent, booked["created"])
        if amount < charge["amount"]:
            self._give_back(charge, charge["amount"] - amount, {}, category="partial_capture_reversal")

    def _give_back(self, charge: Json, amount: int, metadata: Json, category: str | None) -> Json:
        made = self._new("re", "refund", amount=amount, currency=charge["currency"], metadata=metadata)
        made |= {"charge": charge["id"], "payment_intent": charge["payment_intent"], "status": "succeeded"}
        made["balance_transaction"] = None
        if self.next_refund_pends:
            made |= {"status": "pending", "looks": _LOOKS_WHILE_PENDING}
            self.next_refund_pends = False
        self.refunds[made["id"]] = made
        charge["amount_refunded"] += amount
        if category is not None:
            made["balance_transaction"] = self._book("refund", category, -amount, made)["id"]
        self._tell("refund.created", made)
        return made

    def _book(self, kind: str, category: str, amount: int, source: Json) -> Json:
        made = self._new("txn", "balance_transaction", amount=amount, currency=source["currency"])
        made |= {"type": kind, "reporting_category": category, "source": source["id"]}
        self.balance_transactions[made["id"]] = made
        return made

    def _tell(self, kind: str, about: Json, created: int | None = None) -> None:
        event = self._new("evt", "event", type=kind, api_version="2026-10-28.endive")
        event["data"] = {"object": deepcopy(about)}
        event["created"] = created or event["created"]
        self.events.append(event)

    def _new(self, prefix: str, kind: str, **fields: object) -> Json:
        return {"id": f"{prefix}_{next(self._ids):06d}", "object": kind, "created": self._now(), **fields}

    def _now(self) -> int:
        self._last = max(self._last + 1, int(time.time()))
        return self._last
