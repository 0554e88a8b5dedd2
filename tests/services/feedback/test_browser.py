"""The answer page in a real browser, Chromium with JavaScript switched off, by keyboard and by pointer."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.services.feedback.given import RULES
from tests.services.feedback.running import Feedback

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAGE = RULES.page
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(CHROMIUM is None, reason="the program chromium is not installed: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium as Debian packages it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(params=[(1100, 900), (360, 740)], ids=["desktop", "telephone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A page of a browser in which no script runs."""
    width, height = request.param
    context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": height}, reduced_motion="reduce")
    page = context.new_page()
    page.set_default_timeout(15_000)
    yield page
    context.close()


@pytest.mark.requirement("R73")
def test_a_customer_answers_without_javascript(feedback: Feedback, page: Page) -> None:
    deal_id, _, link = feedback.invite()
    page.goto(link)
    expect(page).to_have_title(f"{PAGE.title} – {PAGE.organisation}")
    expect(page.get_by_role("radiogroup", name=PAGE.question)).to_be_visible()
    page.get_by_role("radio", name="9", exact=True).check()
    page.get_by_label(PAGE.comment).fill("Quick & kind – really.")
    page.get_by_role("button", name=PAGE.send).click()
    expect(page.get_by_role("heading", name=PAGE.thanks.title)).to_be_visible()
    page.goto(link)
    expect(page.get_by_role("heading", name=PAGE.answered.title)).to_be_visible()
    (respondent,) = feedback.get(f"/surveys/{deal_id}")["respondents"]
    assert (respondent["score"], respondent["comment"]) == (9, "Quick & kind – really.")


def test_a_form_without_a_score_comes_back_with_the_comment_and_can_be_completed(feedback: Feedback, page: Page) -> None:
    deal_id, _, link = feedback.invite()
    page.goto(link)
    page.get_by_label(PAGE.comment).fill("First line\nsecond line")
    page.get_by_role("button", name=PAGE.send).click()
    expect(page.get_by_role("alert")).to_contain_text(PAGE.errors.no_score)
    expect(page.get_by_label(PAGE.comment)).to_have_value("First line\nsecond line")
    page.get_by_role("link", name=PAGE.errors.no_score).click()
    page.get_by_role("radio", name="0", exact=True).check()
    page.get_by_role("button", name=PAGE.send).click()
    expect(page.get_by_role("heading", name=PAGE.thanks.title)).to_be_visible()
    assert feedback.await_event(deal_id, "DetractorRaised")["data"]["score"] == 0


def test_the_page_can_be_used_by_keyboard_alone_and_shows_where_one_is(feedback: Feedback, page: Page) -> None:
    deal_id, _, link = feedback.invite()
    page.goto(f"{link}?score=7")
    expect(page.get_by_role("radio", name="7", exact=True)).to_be_checked()
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    chosen = page.get_by_role("radio", name="8", exact=True)
    expect(chosen).to_be_checked()
    expect(chosen).to_be_focused()
    expect(page.locator("label[for=score-8] > span")).to_have_css("outline-style", "solid")
    page.keyboard.press("Tab")
    expect(page.get_by_label(PAGE.comment)).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=PAGE.thanks.title)).to_be_visible()
    assert feedback.await_event(deal_id, "FeedbackCollected")["data"]["score"] == 8


def test_nothing_overflows_and_every_score_can_be_hit_with_a_finger(feedback: Feedback, page: Page) -> None:
    """WCAG 2.2, 1.4.10 (no scrolling sideways) and 2.5.8 (targets of 24 pixels at least)."""
    _, _, link = feedback.invite()
    page.goto(link)
    width = page.viewport_size["width"] if page.viewport_size else 0
    for box in [page.locator(f"label[for=score-{score}]").bounding_box() for score in range(11)]:
        assert box is not None
        assert box["width"] >= 24
        assert box["height"] >= 44
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
