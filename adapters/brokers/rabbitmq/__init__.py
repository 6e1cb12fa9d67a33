"""RabbitMQ as a broker, by aio-pika: a stream for each partition, and a token that says who reads it."""

from adapters.brokers.rabbitmq.broker import RabbitMQBroker

__all__ = ["RabbitMQBroker"]
