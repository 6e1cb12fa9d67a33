"""``orderkeep demo``: start everything, tell the scenarios through the public API, stay up for a look around.

What a scenario does and what must be true then is in `ops.scenarios`.
"""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import httpx
from rich.console import Console

from ops.demo_table import print_scenarios
from ops.folder import default_folder
from ops.processes.child import Child
from ops.scenarios import SCENARIOS
from ops.scenarios.answers import ShopError
from ops.scenarios.fulfilment import MANUAL
from ops.scenarios.shop import Shop
from ops.scenarios.story import Machinery, Scenario, ScenarioError, Story
from ops.services import ServiceName
from ops.stack import Stack
from ops.stories import INDEX, index_of, write_page
from ops.up import addresses_table, stay, teller

# Short enough to watch; the rules of an order come with it, so nothing else has to know.
WINDOWS = {
    "ORDERKEEP_PAYMENT_WINDOW_SECONDS": "8",
    "ORDERKEEP_RETURN_WINDOW_SECONDS": "1",
    "ORDERKEEP_ACCEPTANCE_WINDOW_SECONDS": "3",
    "ORDERKEEP_MANUAL_CAPTURE_METHODS": MANUAL,
}
SCENARIO_PATIENCE = timedelta(seconds=120)
_MOST_COUNTED = 10_000
_INTERRUPTED = 130
_WIDE = 220  # a log has no edge, and addresses in it should stay whole


@dataclass(frozen=True, slots=True)
class Told:
    """One scenario as it went: its story, or what went wrong, or why it could not be told."""

    scenario: Scenario
    milliseconds: int
    story: Story | None = None
    wrong: str = ""
    skipped: str = ""


def run_demo(*, once: bool, stories: Path | None = None) -> int:
    """Run; 0 when every scenario was right, 1 when one was not, 130 after Ctrl-C in mid-scenario.

    With `stories`, a page about each scenario is written into that folder.
    """
    console = Console()
    if not console.is_terminal:
        console = Console(width=_WIDE)
    environment = {**os.environ, **WINDOWS}
    with Stack(default_folder(os.environ), environment=environment, say=teller(console)) as stack:
        console.print(addresses_table(stack))
        try:
            told = asyncio.run(tell_all(stack, console, stories))
        except KeyboardInterrupt:
            console.print("Interrupted; stopping.")
            return _INTERRUPTED
        print_scenarios(console, told, stack.temporal_ui_url, _namespace(environment))
        if not once:
            _stay_up(stack, console)
        console.print("Stopping.")
    return 1 if any(each.wrong for each in told) else 0


async def tell_all(stack: Stack, console: Console, stories: Path | None = None) -> Sequence[Told]:
    """Every scenario, one after another; one that goes wrong does not keep the others from being told."""
    key = os.environ.get("ORDERKEEP_API_KEY")
    async with Shop(stack.api_url, stack.provider_url, stack.carrier_url, key) as shop:
        await _greet(shop, console)
        told = []
        for scenario in SCENARIOS:
            with console.status(f"{scenario.number:>2}  {scenario.title} …"):
                one = await tell(scenario, shop, stack)
            told.append(one)
            _report(console, one)
            if stories is not None and one.story is not None:
                write_page(stories, scenario, *await shop.whole_story(one.story.order["id"]))
        if stories is not None:
            (stories / INDEX).write_text(index_of(SCENARIOS), encoding="utf-8")
        return told


async def tell(scenario: Scenario, shop: Shop, machinery: Machinery) -> Told:
    """One scenario, with a deadline."""
    foreign = [name for name in scenario.breaks if not machinery.drives(name)]
    if foreign:
        return Told(scenario, 0, skipped=f"{' and '.join(foreign)} is configured and not ours to stop")
    began = time.monotonic()
    story, wrong = None, ""
    try:
        async with asyncio.timeout(SCENARIO_PATIENCE.total_seconds()):
            story = await scenario.tell(shop, machinery)
    except TimeoutError:
        wrong = f"it was not over after {SCENARIO_PATIENCE.total_seconds():.0f} s"
    except (ScenarioError, ShopError) as error:
        wrong = str(error)
    except (httpx.HTTPError, KeyError, ValueError) as error:
        wrong = f"the API's answer could not be used: {type(error).__name__} {error}"
    return Told(scenario, round(1_000 * (time.monotonic() - began)), story, wrong)


async def _greet(shop: Shop, console: Console) -> None:
    older = await shop.count_orders(_MOST_COUNTED)
    if older:
        at_least = "at least " if older >= _MOST_COUNTED else ""
        console.print(f"Found {at_least}{older:,} orders of earlier runs; they are kept.", highlight=False)
    pay, give_back, accept = (
        WINDOWS[f"ORDERKEEP_{name}_WINDOW_SECONDS"] for name in ("PAYMENT", "RETURN", "ACCEPTANCE")
    )
    console.print(
        f"Telling {len(SCENARIOS)} scenarios, each with a page in docs/stories. In a hurry: an order must be"
        f" paid within {pay} s and a service accepted within {accept} s; orders are completed {give_back} s"
        " after delivery.",
        highlight=False,
        soft_wrap=True,
    )


def _report(console: Console, told: Told) -> None:
    mark, words = "[green]right[/]", told.story.remark if told.story else ""
    if told.skipped:
        mark, words = "[yellow]skipped[/]", told.skipped
    elif told.wrong:
        mark, words = "[red]wrong[/]", told.wrong
    label = f"{told.scenario.number:>2}  {told.scenario.title}"
    console.print(f"{label}: {mark} in {told.milliseconds:,} ms; ", end="", highlight=False)
    console.print(words, markup=False, highlight=False, soft_wrap=True)
    for line in told.story.picture if told.story else ():
        console.print(f"    {line}", markup=False, highlight=False, soft_wrap=True)


def _stay_up(stack: Stack, console: Console) -> None:
    """With the usual windows from here on: nobody finds a pay page within a few seconds."""
    set_windows(stack, {name: os.environ[name] for name in WINDOWS if name in os.environ})
    console.print(addresses_table(stack))
    console.print("New orders have the usual time to be paid. Ctrl-C stops everything; the data stays.")
    ended = stay(stack)
    if ended is not None:
        console.print(f"[red]{ended.name} ended by itself (exit code {ended.child.exit_code}).[/]")


def set_windows(stack: Stack, windows: Mapping[str, str]) -> None:
    """Restart the API so that new orders get these windows, by variable; none given: the usual ones."""
    api = stack.processes[ServiceName.API]
    api.stop()
    launch = api.child.launch
    others = {name: value for name, value in launch.environment.items() if name not in WINDOWS}
    api.child = Child(replace(launch, environment={**others, **windows}))
    api.start()


def _namespace(environment: Mapping[str, str]) -> str:
    return environment.get("TEMPORAL_NAMESPACE") or "default"
