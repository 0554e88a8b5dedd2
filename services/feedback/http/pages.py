"""What the answer page looks like and which headers go with it; knows nothing of surveys."""

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from services.feedback.policy import AnswerPage, Notice

FOLDER = Path(__file__).parents[1] / "templates"
PAGES = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
STYLE = (FOLDER / "style.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    # Nothing runs, nothing is loaded, and only this page's own style sheet, known by its hash, applies.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    # The address is the respondent's key to the survey: it must not travel on.
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


@dataclass(frozen=True)
class Form:
    """What stands in the form, and what is wrong with it. `score`: 0 to 10, None where none is chosen."""

    score: int | None = None
    comment: str = ""
    score_error: str | None = None
    comment_error: str | None = None

    @property
    def wrong(self) -> bool:
        """Whether the answer cannot be taken as it is."""
        return bool(self.score_error or self.comment_error)


def form_page(page: AnswerPage, token: str, form: Form) -> HTMLResponse:
    """The question; status 422 where an answer could not be taken."""
    body = PAGES.get_template("form.html").render(page=page, style=Markup(STYLE), token=token, form=form)
    return HTMLResponse(body, 422 if form.wrong else 200, HEADERS)


def notice_page(page: AnswerPage, notice: Notice, status: int = 200, retry_after: int | None = None) -> HTMLResponse:
    """A page that asks nothing. `retry_after`: seconds, where trying again may help."""
    body = PAGES.get_template("notice.html").render(page=page, style=Markup(STYLE), notice=notice, good=status < 400)
    again = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return HTMLResponse(body, status, HEADERS | again)
