"""The checker on foreign events out of order and on inboxes: what came late and acted is reported, and what did not act is not."""

import pytest

from tests.chaos.recorded_late import INBOXES, LATE, chosen, reopened


def test_what_came_late_and_changed_nothing_is_no_violation() -> None:
    assert reopened().violations() == []


@pytest.mark.parametrize("case", LATE)
def test_what_came_late_and_acted_is_reported(case: str) -> None:
    break_, what, shown = LATE[case]
    recording = reopened()
    break_(recording)
    found = recording.violations()
    assert any(what in one.what and any(shown in id_ for id_ in one.ids) for one in found), found


def test_an_inbox_as_it_was_asked_for_is_no_violation() -> None:
    assert chosen().violations() == []


@pytest.mark.parametrize("case", INBOXES)
def test_an_inbox_that_is_not_as_it_was_asked_for_is_reported(case: str) -> None:
    break_, what, shown = INBOXES[case]
    recording = chosen()
    break_(recording)
    found = recording.violations()
    assert any(what in one.what and any(shown in id_ for id_ in one.ids) for one in found), found
