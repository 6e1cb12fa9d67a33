"""Kafka as a broker, by aiokafka. Partitions, groups and their places are Kafka's own."""

from adapters.brokers.kafka.broker import KafkaBroker

__all__ = ["KafkaBroker"]
