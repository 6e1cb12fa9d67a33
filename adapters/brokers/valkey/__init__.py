"""Valkey (or Redis) Streams as a broker: the embedded default. One stream for each partition of a topic."""

from adapters.brokers.valkey.broker import ValkeyBroker

__all__ = ["ValkeyBroker"]
