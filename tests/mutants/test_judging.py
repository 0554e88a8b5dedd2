"""A verdict is about the mutant: what a broken machine, a broken check or a check that was left out says is none."""

from pathlib import Path

import pytest

from stack.addresses import Addresses
from tests.mutants.baseline import Baseline
from tests.mutants.judging import Fate, Verdict, judge, why_not
from tests.mutants.mutant import Mutant

NOWHERE = Addresses("127.0.0.1:1", "mongodb://127.0.0.1:1", "127.0.0.1:1", "http://127.0.0.1:1")
PASSES = "def test_it() -> None: assert True"
FAILS = "def test_it() -> None: assert False"
NO_SERVER = """
import pytest

@pytest.fixture
def server() -> None:
    raise RuntimeError("Kafka did not start")

def test_it(server: None) -> None: assert True
"""
LEFTOVERS = """
import pytest

@pytest.fixture
def server():
    yield
    assert [] == ["left behind"]

def test_it(server: None) -> None: assert True
"""
LEFT_OUT = """
import pytest

@pytest.mark.skip
def test_it() -> None: assert True
"""
DOES_NOT_LOAD = "import nothing_of_that_name"
NONE_OF_THAT_NAME = "def test_another() -> None: assert True"


@pytest.fixture(autouse=True)
def _plain_pytest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the plugins, which take longer to load than these checks to run."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def _judged(folder: Path, check: str, preparation: str | None = None, survives: str | None = None) -> Verdict:
    (folder / "test_check.py").write_text(check)
    mutant = Mutant("one", "a bug", ("test_check.py::test_it",), folder / "one.patch", survives=survives, preparation=preparation)
    return judge(mutant, folder, NOWHERE)


@pytest.mark.parametrize(
    ("check", "fate", "says"),
    [
        (FAILS, Fate.KILLED, "test_check.py: test_it"),
        (PASSES, Fate.SURVIVED, "1 passed"),
        (NO_SERVER, Fate.UNJUDGED, "test_check.py: test_it (in its preparation)"),
        (LEFTOVERS, Fate.UNJUDGED, "test_check.py: test_it (in its preparation)"),
        (LEFT_OUT, Fate.UNJUDGED, "1 skipped"),
        (DOES_NOT_LOAD, Fate.UNJUDGED, ""),
        (NONE_OF_THAT_NAME, Fate.UNJUDGED, ""),
    ],
    ids=["fails", "passes", "no server", "leftovers", "left out", "does not load", "none of that name"],
)
def test_only_a_test_that_failed_kills_and_only_one_that_passed_lets_live(check: str, fate: Fate, says: str, tmp_path: Path) -> None:
    """Guarantee: a verdict asks more than pytest's exit code, which a failed fixture shares with a failed test, and a test that was left
    out with one that passed."""
    verdict = _judged(tmp_path, check)
    assert verdict.fate is fate
    assert says in verdict.check


@pytest.mark.parametrize(
    ("at", "fate"),
    [
        ('raise RuntimeError("Kafka', Fate.KILLED),
        ("RuntimeError: Kafka did not start", Fate.KILLED),
        ("the outbox is empty", Fate.UNJUDGED),
        ("def server()", Fate.UNJUDGED),
    ],
    ids=["the line", "the words of the error", "other words", "a line that was passed"],
)
def test_a_preparation_that_breaks_kills_only_where_the_mutant_says(at: str, fate: Fate, tmp_path: Path) -> None:
    """Where a fixture plays the scenario, the header names the line: that another one broke, or the machine, says nothing."""
    assert _judged(tmp_path, NO_SERVER, preparation=at).fate is fate


def test_a_mutant_that_must_survive_is_as_expected_only_if_it_was_judged_and_survived(tmp_path: Path) -> None:
    """An explanation of what no longer survives is wrong, and one of what was not judged is no evidence."""
    explained = {
        name: _judged(tmp_path, check, survives="because") for name, check in (("lives", PASSES), ("dies", FAILS), ("breaks", NO_SERVER))
    }
    assert [name for name, verdict in explained.items() if verdict.is_expected] == ["lives"]
    assert not _judged(tmp_path, PASSES).is_expected


@pytest.mark.parametrize(
    ("check", "why"),
    [(FAILS, "test_it"), (NO_SERVER, "test_it"), (LEFT_OUT, "1 skipped"), (DOES_NOT_LOAD, "")],
    ids=["fails", "no server", "left out", "does not load"],
)
def test_a_check_that_does_not_pass_on_the_unmodified_sources_is_named(check: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "test_check.py").write_text(check)
    said = why_not(("test_check.py::test_it",), tmp_path, NOWHERE)
    assert said is not None
    assert why in said


def test_checks_that_mutants_share_are_run_once_on_the_unmodified_sources(tmp_path: Path) -> None:
    """It counts its own runs in a file: the second mutant hears what the first one heard."""
    counts = "from pathlib import Path\ndef test_it() -> None:\n    with Path('runs').open('a') as file: file.write('x')\n"
    (tmp_path / "test_check.py").write_text(counts)
    baseline = Baseline(tmp_path, NOWHERE)
    assert [baseline.why_not(("test_check.py",)) for _ in range(3)] == [None, None, None]
    assert (tmp_path / "runs").read_text() == "x"
