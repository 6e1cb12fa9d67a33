"""Stories told with real orders by buyers, the provider and outages; shown by the demo, repeated by tests."""

from ops.scenarios.catalogue import SCENARIOS

__all__ = ["SCENARIOS"]
