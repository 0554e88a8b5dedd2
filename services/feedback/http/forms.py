"""Reading what a browser sends with the form, and saying what is wrong with it."""

from urllib.parse import parse_qs

from fastapi import Request

from services.feedback.http.pages import Form
from services.feedback.policy import PageErrors

BODY_LIMIT = 256 * 1024
"""Bytes of a form at most: the longest comment in the longest encoding, and room to spare."""
COMMENT_LIMIT = 20_000
"""Characters; `FreeText` of the contracts has the same."""
FIELDS_LIMIT = 20


class FormUnreadable(Exception):
    """What came is not the form of the answer page."""


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, each with its last value.

    Raises:
        FormUnreadable: another content type, too large, or not a form.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        raise FormUnreadable("not a form")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT:
            raise FormUnreadable("too large")
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=FIELDS_LIMIT)
    except ValueError as error:
        raise FormUnreadable("too many fields") from error
    return {name: values[-1] for name, values in fields.items()}


def score_of(text: str | None) -> int | None:
    """A score from 0 to 10, or None."""
    text = (text or "").strip()
    return int(text) if text in {str(score) for score in range(11)} else None


def check(fields: dict[str, str], errors: PageErrors) -> Form:
    """The form as it was filled in, with what is wrong with it. Browsers send line ends as CR LF."""
    score = score_of(fields.get("score"))
    comment = fields.get("comment", "").replace("\r\n", "\n").strip()
    return Form(
        score=score,
        comment=comment,
        score_error=errors.no_score if score is None else None,
        comment_error=errors.comment_too_long if len(comment) > COMMENT_LIMIT else None,
    )
