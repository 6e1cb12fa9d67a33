"""Over which broker we speak with other services, and how. All other settings are in `settings`."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_settings import BaseSettings

from domain.cloud_event import EventFormat

_PORT = Annotated[int, Field(ge=0, le=65_535)]


class BrokerKind(StrEnum):
    """The brokers that we know. Valkey is the one that is there anyway."""

    VALKEY = "valkey"
    KAFKA = "kafka"
    RABBITMQ = "rabbitmq"


class MessagingSettings(BaseSettings):
    """The part of the settings that is about messages.

    `kafka_servers` are host:port with commas between; `messages_per_second` bounds each consumer of events,
    and 0 does not.
    """

    broker: BrokerKind = BrokerKind.VALKEY
    kafka_servers: str = ""
    amqp_url: str = ""
    event_format: EventFormat = EventFormat.PROTOBUF
    messages_per_second: Annotated[float, Field(ge=0, le=1_000_000)] = 0
    publisher_health_port: _PORT = 8006
    consumer_health_port: _PORT = 8007

    @model_validator(mode="after")
    def _broker_has_an_address(self) -> Self:
        needed = {
            BrokerKind.KAFKA: ("ORDERKEEP_KAFKA_SERVERS", self.kafka_servers),
            BrokerKind.RABBITMQ: ("ORDERKEEP_AMQP_URL", self.amqp_url),
        }
        name, value = needed.get(self.broker, ("", "given"))
        if not value:
            raise ValueError(f"ORDERKEEP_BROKER is {self.broker} and {name} is not set")
        return self
