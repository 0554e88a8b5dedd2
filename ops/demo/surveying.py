"""Scenes after a handover: invitations come by e-mail, customers answer on the page, some only when they are reminded."""

import asyncio
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from ops.connecting import connect_to
from ops.demo.stage import PATIENCE, Stage
from ops.errors import OpsError
from ops.output import progress

LINK = re.compile(r"https?://\S+/answers/[A-Za-z0-9_.\-]+")
SCORES, WEIGHTS = range(11), (1, 1, 1, 1, 2, 4, 6, 14, 26, 30, 34)
COMMENTS = {True: "Setting up took longer than we were told.", False: "We always knew who to call."}
FORGETFUL = 0.04
"""The part of those invited who answer only when they are reminded."""
AT_ONCE = 12
PAGE = 500


@dataclass
class Answers:
    """What the customers did. `mails`: invitations and reminders by link. `scores`: by link."""

    seed: int
    mails: Counter[str] = field(default_factory=Counter)
    scores: dict[str, int] = field(default_factory=dict)
    forgetful: set[str] = field(default_factory=set)
    last: int = 0

    def awaited(self) -> list[str]:
        """Links that somebody will open now: the forgetful wait for a second mail."""
        return [link for link, count in self.mails.items() if link not in self.scores and (count > 1 or link not in self.forgetful)]


async def answer_all(stage: Stage, expected: int, seed: int) -> Answers:
    """Every customer answers once, through the page, as a browser without JavaScript does.

    Raises:
        OpsError: fewer than `expected` were invited in time, or a page did not take an answer.
    """
    answers, chance = Answers(seed), random.Random(seed)
    clock = asyncio.get_running_loop().time
    deadline = clock() + PATIENCE
    assert stage.system.mail is not None
    async with connect_to(stage.system.mail, timeout=30) as browser:
        with progress() as shown:
            bar = shown.add_task("answers", total=expected)
            while len(answers.scores) < expected:
                await _read_mail(browser, answers, chance)
                await _answer_some(browser, answers, chance)
                shown.update(bar, completed=len(answers.scores))
                if clock() > deadline:
                    raise OpsError(
                        f"{len(answers.mails)} of {expected} customers were invited in {PATIENCE:.0f} s, {len(answers.scores)} answered."
                    )
                await asyncio.sleep(0.2)
    reminded = sum(count > 1 for count in answers.mails.values())
    stage.tell(f"{len(answers.mails)} customers are invited by e-mail, {reminded} reminded, {len(answers.scores)} answer on the page")
    return answers


async def _read_mail(browser: httpx.AsyncClient, answers: Answers, chance: random.Random) -> None:
    """Take note of mails that came since the last look."""
    while True:
        reply = await browser.get("/messages", params={"after": answers.last, "limit": PAGE})
        mails: list[Any] = reply.raise_for_status().json()
        for mail in mails:
            if match := LINK.search(mail["text"]):
                if match[0] not in answers.mails and chance.random() < FORGETFUL:
                    answers.forgetful.add(match[0])
                answers.mails[match[0]] += 1
        if mails:
            answers.last = mails[-1]["id"]
        if len(mails) < PAGE:
            return


async def _answer_some(browser: httpx.AsyncClient, answers: Answers, chance: random.Random) -> None:
    gate = asyncio.Semaphore(AT_ONCE)

    async def answer(link: str, score: int, comment: str) -> None:
        async with gate:
            page = await browser.get(link)
            if page.status_code != httpx.codes.OK or "<form" not in page.text:
                raise OpsError(f"The answer page does not ask: it says {page.status_code}.")
            thanks = await browser.post(link, data={"score": str(score), "comment": comment})
            if thanks.status_code != httpx.codes.OK or "<form" in thanks.text:
                raise OpsError(f"The answer page does not take a score of {score}: it says {thanks.status_code}.")
        answers.scores[link] = score

    chosen = [(link, chance.choices(SCORES, WEIGHTS)[0], chance.random() < 0.3) for link in answers.awaited()]
    await asyncio.gather(*(answer(link, score, COMMENTS[score < 7] if talks else "") for link, score, talks in chosen))
