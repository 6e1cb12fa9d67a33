"""Orders that began under older code must go on under today's."""

import json

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer
from temporalio.workflow import NondeterminismError

from adapters.temporal.converter import data_converter
from tests.replay.recorded import DIGEST, HISTORIES, current_folder, meaning_of, recorded, workflows_digest
from workflows.after_sale import AfterSaleWorkflow
from workflows.housekeeping import HousekeepingWorkflow
from workflows.late_payment import LatePaymentWorkflow
from workflows.order import OrderWorkflow
from workflows.workers import sandbox

RECORDED = {
    f"{path.parent.name}/{path.stem}": path.read_text(encoding="utf-8")
    for path in sorted(HISTORIES.glob("*/*.json"))
}


@pytest.mark.parametrize("story", RECORDED)
async def test_a_recorded_history_still_leads_to_the_same_commands(story: str) -> None:
    await _replayer().replay_workflow(_history(RECORDED[story]))


async def test_a_replay_notices_a_workflow_that_does_something_else() -> None:
    changed = recorded("delivered").replace("request_payment", "demand_payment")

    with pytest.raises(NondeterminismError):
        await _replayer().replay_workflow(_history(changed))


def test_histories_were_recorded_with_the_workflows_as_they_are() -> None:
    digest = (current_folder() / DIGEST).read_text(encoding="utf-8").strip()

    assert digest == workflows_digest(), "a workflow has changed: run python -m tests.replay.record"


def test_comments_and_docstrings_do_not_count_as_a_change() -> None:
    assert meaning_of('"""One."""\nx = 1  # why\n') == meaning_of('"""Two."""\n\nx = 1\n')
    assert meaning_of("x = 1\n") != meaning_of("x = 2\n")


def test_histories_tell_nothing_of_the_machine_they_were_recorded_on() -> None:
    identities = {
        value
        for text in RECORDED.values()
        for event in json.loads(text)["events"]
        for attributes in event.values()
        if isinstance(attributes, dict) and (value := attributes.get("identity"))
    }

    assert identities <= {"recorder", "history-service"}


def _replayer() -> Replayer:
    return Replayer(
        workflows=[OrderWorkflow, AfterSaleWorkflow, LatePaymentWorkflow, HousekeepingWorkflow],
        data_converter=data_converter(),
        workflow_runner=sandbox(),
    )


def _history(text: str) -> WorkflowHistory:
    workflow_id = json.loads(text)["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    return WorkflowHistory.from_json(workflow_id, text)
