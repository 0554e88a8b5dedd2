"""The surveys of a deal as their events tell them: which may follow which, and the state that they add up to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.chaos.checking.data import Body

DETRACTOR_TO = 6


@dataclass
class Survey:
    """The fold over one survey. `invited`, `reminded`, `scores`: by respondent. `ended`: why, once it is over."""

    cycle: int = 0
    invited: set[str] = field(default_factory=set)
    reminded: set[str] = field(default_factory=set)
    scores: dict[str, int] = field(default_factory=dict)
    raised: set[str] = field(default_factory=set)
    ended: str | None = None
    wrong: list[str] = field(default_factory=list)

    def take(self, name: str, body: Body) -> None:
        """The next event of this survey."""
        if taken := TAKEN.get(name):
            taken(self, body)

    def _demand(self, true: bool, what: str) -> None:
        if not true:
            self.wrong.append(what)

    def scheduled(self, body: Body) -> None:
        """The survey begins."""
        self._demand(self.cycle == 0, "it was scheduled twice")
        self.cycle = body["cycle"]

    def invites(self, body: Body) -> None:
        """Somebody is asked, or reminded."""
        person = body["respondent_id"]
        self._demand(self.ended is None, f"{person} was asked when it had ended")
        if body["reminder"]:
            self._demand(person in self.invited - self.reminded, f"{person} was reminded twice, or of nothing")
            self._demand(person not in self.scores, f"{person} was reminded, and had answered")
            self.reminded.add(person)
        else:
            self._demand(person not in self.invited, f"{person} was invited twice")
            self.invited.add(person)

    def collected(self, body: Body) -> None:
        """Somebody answered."""
        person = body["respondent_id"]
        self._demand(person in self.invited, f"{person} answered, and was not asked")
        self._demand(person not in self.scores, f"{person} answered twice")
        self._demand(self.ended is None, f"{person} answered when it had ended")
        self.scores[person] = body["score"]

    def raises(self, body: Body) -> None:
        """An answer of a detractor."""
        person = body["respondent_id"]
        self._demand(self.scores.get(person) == body["score"] <= DETRACTOR_TO, f"{person} was raised as a detractor, and is none")
        self._demand(person not in self.raised, f"{person} was raised twice")
        self.raised.add(person)

    def ends(self, body: Body) -> None:
        """It takes no more answers."""
        self._demand(self.ended is None, "it ended twice")
        self._demand(body["answered"] == len(self.scores), f"{len(self.scores)} answered, and {body['answered']} are told of")
        self.ended = body["because"]

    def skipped(self, body: Body) -> None:
        """Nobody could be asked."""
        self._demand(self.ended is None and not self.invited, "it was skipped when it had begun or ended")
        self.ended = "skipped"


TAKEN: Mapping[str, Callable[[Survey, Body], None]] = {
    "SurveyScheduled": Survey.scheduled,
    "SurveyInvited": Survey.invites,
    "FeedbackCollected": Survey.collected,
    "DetractorRaised": Survey.raises,
    "SurveyEnded": Survey.ends,
    "SurveySkipped": Survey.skipped,
}


def differences(survey: Survey, stored: Body) -> Iterator[str]:
    """Where the stored survey is not the one of the fold."""
    over = stored["state"] if stored["state"] in ("answered", "skipped", "expired", "stopped") else None
    if over != survey.ended:
        yield f"it has ended as {over!r}, and by what it told as {survey.ended!r}"
    scores = {person["person_id"]: person["answer"]["score"] for person in stored["invitees"] if person["answer"]}
    if scores != survey.scores:
        yield f"it holds the answers {scores}, and told {survey.scores}"
    invited = {person["person_id"] for person in stored["invitees"] if person["link"]}
    if invited != survey.invited:
        yield f"it has invited {sorted(invited)}, and told {sorted(survey.invited)}"
    if missing := {person for person, points in survey.scores.items() if points <= DETRACTOR_TO} - survey.raised:
        yield f"{sorted(missing)} answered as detractors, and were not raised"
