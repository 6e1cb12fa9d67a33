"""A broker in this process's memory, for tests and libraries. Nothing outlives the process."""

from adapters.brokers.memory.broker import MemoryBroker
from adapters.brokers.memory.group import WhenFull

__all__ = ["MemoryBroker", "WhenFull"]
