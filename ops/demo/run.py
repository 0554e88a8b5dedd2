"""The demo from beginning to end, on a system of its own that is gone afterwards."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ops.asking import asking
from ops.demo.cast import CAST, MANAGER
from ops.demo.handing_over import accept_all, do_steps, kick_off
from ops.demo.policies import write_policies
from ops.demo.reconciling import Check, Played, reconcile
from ops.demo.selling import LIVE, LOST, add_contacts, lose_deals, record_customers, win_deals
from ops.demo.stage import Stage
from ops.demo.surveying import answer_all
from ops.environment import policies_in
from ops.errors import OpsError
from ops.home import Home
from ops.importing.mapping import load_mapping
from ops.importing.rows import Waiving
from ops.importing.run import Export, Result, import_export
from ops.journey import journey_of
from ops.journey.picture import picture
from ops.output import console, noise, print_table, progress
from ops.starting import await_ready
from ops.supervisor import Supervisor
from ops.system import Options, find_system

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True)
class Scenario:
    """How much is played. The same seed gives the same story, but for the moments in time."""

    rows: int = 1000
    seed: int = 7


async def run_demo(folder: Path, scenario: Scenario) -> bool:
    """Play the demo on a system in `folder`; returns whether every count reconciles.

    Raises:
        OpsError: something did not start, or did not follow.
    """
    home = Home(folder / "home")
    policies = policies_in(write_policies(EXAMPLES / "demo", folder / "policies"))
    with home.held():
        supervisor = Supervisor(home, policies, quiet=True)
        running = asyncio.create_task(supervisor.run())
        playing = asyncio.create_task(_play(home, folder, scenario))
        try:
            await asyncio.wait([running, playing], return_when=asyncio.FIRST_COMPLETED)
            if running.done() and not playing.done():
                playing.cancel()
                await running
                raise OpsError("The system ended before the demo did.")
            return await playing
        finally:
            supervisor.stop()
            await asyncio.gather(running, return_exceptions=True)


async def _play(home: Home, folder: Path, scenario: Scenario) -> bool:
    began = time.monotonic()
    with noise.status("starting Kafka, MongoDB, a mail catcher and four services"):
        await await_ready(home, lambda: True)
    stage = Stage(find_system(Options(home=home.path)))
    console.print(f"[bold]A system of its own is ready[/bold] after {time.monotonic() - began:.0f} s: {', '.join(stage.system.urls)}")
    result = await _import(stage, folder, scenario)
    played, story = await _journeys(stage, result, scenario)
    stage.headline("Reconciliation")
    checks = await reconcile(stage, played)
    await _show(stage, checks, story)
    stage.tell(f"The whole demo took {time.monotonic() - began:.0f} s.")
    return all(check.holds for check in checks)


async def _import(stage: Stage, folder: Path, scenario: Scenario) -> Result:
    """The sample export is written and imported, twice."""
    stage.headline("A CRM export comes in")
    await stage.do("notifications", MANAGER, [colleague.line() for colleague in CAST])
    command = [sys.executable, str(EXAMPLES / "sample_export.py"), "--out", str(folder / "export")]
    command += ["--rows", str(scenario.rows), "--seed", str(scenario.seed)]
    written = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
    if written.returncode:
        raise OpsError(f"The sample export was not written: {written.stderr.strip().splitlines()[-1:]}")
    waiving = Waiving(MANAGER.name, "closed before Baton")
    export = Export(folder / "export" / "pipeline.csv", load_mapping(EXAMPLES / "sample-export.toml"), waiving)
    with progress() as shown:
        result = await import_export(stage.system, export, waiving, folder / "rejects.csv", shown)
        again = await import_export(stage.system, export, waiving, folder / "rejects-again.csv", shown)
    stage.tell(f"{result.rows} rows: {result.taken} taken, {result.rejected} rejected, the reason beside each")
    stage.tell(f"imported once more: {again.taken} taken, {again.unchanged} unchanged")
    if again.taken or again.unchanged != result.taken:
        raise OpsError("The second import changed something.")
    return result


async def _journeys(stage: Stage, result: Result, scenario: Scenario) -> tuple[Played, str]:
    """From the import to the last answer; what was done, and the deal whose story is told."""
    history = await stage.all_of("deals", "/deals", outcome="won")
    lost_before = len(await stage.all_of("deals", "/deals", outcome="lost"))
    opened = await stage.all_of("deals", "/deals", outcome="open")
    live, losing = opened[:LIVE], opened[LIVE : LIVE + LOST]
    if not live:
        raise OpsError("The sample has no open deal with an account: take more rows, or another seed.")
    stage.headline("Sales: deals under way are won, or lost")
    stage.tell(f"{len(history)} deals of the export are won already: closed through the gate, waived by {MANAGER.name}")
    buyers = await record_customers(stage, [deal["account"]["account_id"] for deal in [*history, *live]])
    await win_deals(stage, live, buyers)
    await lose_deals(stage, losing)
    stage.tell(f"{await add_contacts(stage, history, buyers)} contacts are added to deals of the export")
    await stage.settle()
    won = [deal["deal_id"] for deal in [*live, *history]]
    stage.headline("Onboarding: packages, steps, kick-offs")
    await accept_all(stage, live, won, buyers)
    steps = await do_steps(stage, won)
    await kick_off(stage, won)
    stage.headline("Feedback: customers are asked")
    answers = await answer_all(stage, len(won), scenario.seed)
    await stage.settle()
    played = Played(
        rows=result.rows,
        taken=result.taken,
        rejected=result.rejected,
        won=len(won),
        lost=lost_before + len(losing),
        steps=steps,
        answers=len(answers.scores),
        detractors=sum(score <= 6 for score in answers.scores.values()),
    )
    return played, live[0]["deal_id"]


async def _show(stage: Stage, checks: Sequence[Check], story: str) -> None:
    print_table(
        ("", "count", "#expected", "counted", "where"),
        [
            (
                "ok" if check.holds else "WRONG",
                check.what,
                check.expected,
                " ".join(map(str, check.places.values())),
                ", ".join(check.places),
            )
            for check in checks
        ],
    )
    async with asking(stage.system, "feedback") as feedback:
        stage.tell(_score(await feedback.get("/nps")))
    stage.headline(f"The journey of one deal, {story}")
    console.print(picture([entry for entry in await journey_of(stage.system, story) if entry.topic.endswith(".events")]))


def _score(nps: dict[str, Any]) -> str:
    low, high = nps["confidence"]["low"], nps["confidence"]["high"]
    return f"NPS {nps['nps']:.0f} of {nps['n']} answers, between {low:.0f} and {high:.0f} at {nps['confidence']['level']:.0%} confidence"
