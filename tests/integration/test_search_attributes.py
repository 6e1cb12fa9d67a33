"""A Temporal server that has never heard of us learns our search attributes from the first worker."""

import os

from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from adapters.temporal.search_attributes import ensure_search_attributes
from ops.servers.temporal_program import installed_temporal
from workflows import attributes

NAMES = {key.name for key in attributes.ALL}


async def known(client: Client) -> set[str]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    answer = await client.operator_service.list_search_attributes(request)
    return set(answer.custom_attributes)


async def test_missing_search_attributes_are_added_once(servers) -> None:
    program = installed_temporal(os.environ)  # there, because the servers run
    assert program is not None
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=str(program.path), dev_server_log_level="error"
    ) as fresh:
        assert not NAMES & await known(fresh.client)

        first = await ensure_search_attributes(fresh.client, attributes.ALL)
        again = await ensure_search_attributes(fresh.client, attributes.ALL)

        assert set(first) == NAMES
        assert again == []
        assert await known(fresh.client) >= NAMES
