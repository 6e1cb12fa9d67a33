"""Records this release's histories: `python -m tests.replay.record`. Run it when a workflow has changed."""

from __future__ import annotations

import asyncio
import re
import sys

from temporalio.client import Client

from adapters.temporal.converter import data_converter
from tests.replay.recorded import DIGEST, current_folder, workflows_digest
from tests.replay.stories import STORIES
from tests.support.servers import session_servers
from tests.workflow.shop import open_shop


async def record(address: str) -> None:
    folder = current_folder()
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.json"):
        old.unlink()
    # A name of its own: histories would otherwise tell whose machine they come from.
    client = await Client.connect(address, data_converter=data_converter(), identity="recorder")
    for story in STORIES:
        async with open_shop(client) as shop:
            workflow_id = await story(shop)
            history = await client.get_workflow_handle(workflow_id).fetch_history()
        name = story.__name__
        (folder / f"{name}.json").write_text(without_traces(history.to_json()) + "\n", encoding="utf-8")
        sys.stdout.write(f"{name}: {len(history.events)} events\n")
    (folder / DIGEST).write_text(workflows_digest() + "\n", encoding="utf-8")


def without_traces(history: str) -> str:
    """Stack traces name the folders of whoever recorded; no replay reads them."""
    return re.sub(r'("stackTrace": )"(?:[^"\\]|\\.)*"', r'\1""', history)


def main() -> None:
    with session_servers() as servers:
        asyncio.run(record(servers.addresses.temporal_address))


if __name__ == "__main__":
    main()
