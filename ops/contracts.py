"""``orderkeep contracts``: what we promise to other services, printed for their tools. Asks no server."""

from __future__ import annotations

import json
import sys

import typer

contracts = typer.Typer(
    name="contracts", help="What other services may rely on.", no_args_is_help=True, add_completion=False
)


@contracts.callback()
def described() -> None:
    """What other services may rely on."""


@contracts.command()
def asyncapi() -> None:
    """Print the AsyncAPI document: topics, messages, and how they are written."""
    from api.messaging.document import asyncapi as document

    json.dump(document(), sys.stdout, indent=2, ensure_ascii=False)
    sys.stdout.write("\n")


@contracts.command()
def events() -> None:
    """List the events of each topic with the message of each version."""
    from adapters.protobuf.events import contracts as known

    for each in sorted(known(), key=lambda each: (each.topic, each.event_type, each.schema_version)):
        print(f"{each.topic:14} {each.event_type}.v{each.schema_version:<3} {each.descriptor.full_name}")
