"""Implementations of `domain.ports.brokers`. They share rules, and no framework."""
