"""Finding the message that kills the process: the take-ups after each death, played through for every place and batch size."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chassis.crashes import KILLS, Suspicion, after_take_up

ME = "instance-1"


def _noted(suspicion: Suspicion | None) -> dict[str, Any] | None:
    """What the fence keeps of a suspicion."""
    if suspicion is None:
        return None
    return {"since": suspicion.since, "until": suspicion.until, "times": min(suspicion.times, KILLS - 1)}


@given(killer=st.integers(0, 5000), window=st.integers(1, 2000), start=st.integers(0, 5000))
def test_the_third_death_names_the_killer_and_nobody_else(killer: int, window: int, start: int) -> None:
    """Whatever the batch it dies in: no message but the killer is ever guilty, and the killer is at its third death."""
    fence: dict[str, Any] = {"next": start, "holder": None}
    deaths, end = 0, start + 3 * window + 200
    while True:
        suspicion = after_take_up(fence, ME, window)
        assert suspicion is None or suspicion.guilty in (None, killer)
        fence |= {"holder": f"instance of {deaths}", "suspicion": _noted(suspicion)}
        died = False
        while fence["next"] < end and not died:
            suspected = suspicion and fence["next"] < suspicion.until
            size = min(suspicion.limit if suspicion and suspected else window, end - fence["next"])
            flight = fence["next"], fence["next"] + size
            if fence.get("suspicion"):
                fence["suspicion"]["flight"] = list(flight)
            if flight[0] <= killer < flight[1] and not (suspicion and suspicion.guilty == killer):
                died, deaths = True, deaths + 1
                break
            fence["next"] = flight[1]
            if suspicion and (fence["next"] >= suspicion.until or suspicion.guilty is not None):
                suspicion, fence["suspicion"] = None, None
        if not died:
            break
        assert deaths <= KILLS
    assert deaths == (KILLS if start <= killer < end else 0)


def test_a_partition_given_back_in_order_is_under_no_suspicion() -> None:
    assert after_take_up({"next": 5, "holder": None}, ME, 2000) is None


def test_an_instance_that_takes_up_its_own_partition_again_suspects_nothing_new() -> None:
    """Being fenced, or losing touch with the group, is no crash of this process."""
    assert after_take_up({"next": 5, "holder": ME}, ME, 2000) is None


def test_a_death_in_something_else_blames_nobody_further() -> None:
    """What is known is kept; it grows only when the process died in the flight that was written down."""
    noted = {"since": 5, "until": 55, "times": 1, "flight": [5, 15]}
    known = after_take_up({"next": 20, "holder": "another", "suspicion": noted}, ME, 2000)
    assert known == Suspicion(5, 55, 1)
