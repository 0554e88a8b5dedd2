"""The answer page: shown by GET, which records nothing since mail scanners follow links; answered by POST, without JavaScript."""

from datetime import UTC, datetime

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pymongo.errors import PyMongoError

from chassis.decision import PersonUnknown
from chassis.http import Database, Problem, Running, problem_of, submit
from chassis.mongo import Conflict
from contracts.feedback import AnswerSurvey
from services.feedback.domain import AlreadyAnswered, DealSurveys, InviteeState, NotInvited, SurveyClosed
from services.feedback.handlers.answering import RESPONDENT
from services.feedback.http.forms import FormUnreadable, check, read_form, score_of
from services.feedback.http.pages import Form, form_page, notice_page
from services.feedback.links import Invitation, LinkExpired, LinkInvalid
from services.feedback.policy import AnswerPage, Rules
from services.feedback.store import find_deal_surveys

log = structlog.get_logger("baton.feedback.page")
router = APIRouter(tags=["answer page"], default_response_class=HTMLResponse)
RETRY_AFTER = 60
"""Seconds after which a browser may try again while the database does not answer."""


@router.api_route("/answers/{token}", methods=["GET", "HEAD"], summary="The page that a respondent opens")
async def show_page(token: str, running: Running, db: Database, score: str | None = None) -> HTMLResponse:
    """The question, with `score` chosen beforehand where the invitation's link says so; or why there is nothing to answer."""
    rules: Rules = running.policy
    invitation = _opened(rules, token)
    if isinstance(invitation, HTMLResponse):
        return invitation
    try:
        deal = await find_deal_surveys(db, invitation.deal_id)
    except PyMongoError as error:
        return _unavailable(rules.page, error)
    return _nothing_to_ask(rules.page, deal, invitation) or form_page(rules.page, token, Form(score=score_of(score)))


@router.post("/answers/{token}", summary="A respondent's answer, as a browser sends it")
async def take_answer(token: str, request: Request, running: Running) -> HTMLResponse:
    """Thanks where the answer is kept; the form again, with what is wrong; or why it cannot be taken."""
    rules: Rules = running.policy
    invitation = _opened(rules, token)
    if isinstance(invitation, HTMLResponse):
        return invitation
    try:
        form = check(await read_form(request), rules.page.errors)
    except FormUnreadable:
        form = Form(score_error=rules.page.errors.no_score)
    if form.wrong or form.score is None:
        return form_page(rules.page, token, form)
    try:
        problem = problem_of(await submit(request, _command(invitation, form.score, form.comment), RESPONDENT))
    except Problem as refused:  # the answer of an earlier try, whose fate was not known at first
        problem = refused
    except (PyMongoError, Conflict) as error:
        return _unavailable(rules.page, error)
    return _not_taken(rules.page, token, form, problem) if problem else notice_page(rules.page, rules.page.thanks)


def _opened(rules: Rules, token: str) -> Invitation | HTMLResponse:
    """Who answers what; or the page that says why the link does not work."""
    try:
        return rules.links.read(token, datetime.now(UTC))
    except LinkExpired:
        return notice_page(rules.page, rules.page.expired, 410)
    except LinkInvalid:
        return notice_page(rules.page, rules.page.invalid, 404)


def _nothing_to_ask(page: AnswerPage, deal: DealSurveys | None, invitation: Invitation) -> HTMLResponse | None:
    """The page for a person who has answered, or for a survey that is over; None while an answer is awaited."""
    survey = deal.survey if deal else None
    if survey is None or survey.survey_id != invitation.survey_id:
        return notice_page(page, page.closed, 410)
    if survey.stands(invitation.respondent_id) is InviteeState.ANSWERED:
        return notice_page(page, page.answered)
    return notice_page(page, page.closed, 410) if survey.over else None


def _command(invitation: Invitation, score: int, comment: str) -> AnswerSurvey:
    return AnswerSurvey(
        deal_id=invitation.deal_id,
        survey_id=invitation.survey_id,
        respondent_id=invitation.respondent_id,
        score=score,
        comment=comment or None,
    )


def _not_taken(page: AnswerPage, token: str, form: Form, problem: Problem) -> HTMLResponse:
    if problem.code == AlreadyAnswered.code:
        return notice_page(page, page.other_answer, problem.status)
    if problem.code == PersonUnknown.code:
        return form_page(page, token, Form(form.score, form.comment, comment_error=page.errors.person_unknown))
    if problem.status in (NotInvited.status, SurveyClosed.status):
        return notice_page(page, page.closed, SurveyClosed.status)
    return _unavailable(page, problem)


def _unavailable(page: AnswerPage, error: PyMongoError | Conflict | Problem) -> HTMLResponse:
    log.warning("an answer page could not be served", error=type(error).__name__)
    return notice_page(page, page.unavailable, 503, RETRY_AFTER)
