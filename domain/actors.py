"""How the audit names those who report from outside. People and callers are named by the API."""

from __future__ import annotations

SYSTEM = "system"
BUYER = "buyer"  # whoever places or ends an order in their name; which one, the order says


def carrier_actor(name: str) -> str:
    """A carrier, by its short name; `carrier` alone while nobody knows which one it is."""
    return f"carrier:{name}" if name else "carrier"


def provider_actor(name: str) -> str:
    """A payment provider, by its short name."""
    return f"provider:{name}" if name else "provider"
