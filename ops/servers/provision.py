"""Find or fetch the brokers that only the broker suite needs, and say where they are. Starts none."""

import os
import sys

from ops.errors import MissingProgramError
from ops.servers.kafka_jars import find_kafka
from ops.servers.rabbitmq_packages import find_rabbitmq


def main() -> int:
    """0 when both are there; else 1, after a line for each that is missing."""
    missing = 0
    for name, find in (("Kafka", find_kafka), ("RabbitMQ", find_rabbitmq)):
        try:
            print(f"{name}: {find(os.environ, print).origin}")
        except MissingProgramError as error:
            print(f"{name}: {error}", file=sys.stderr)
            missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
