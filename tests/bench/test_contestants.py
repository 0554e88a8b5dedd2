"""Every contestant comes to the same result on a small job: a rival that cuts a corner would not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.job.records import Size, make_records
from bench.throughput.contestants import ENTRANTS, Entrant
from bench.throughput.running import Job, run
from stack.embedded import Stack

pytestmark = pytest.mark.integration
SIZE = Size(records=200, aggregates=20, duplicates=0.05, poison=0.02)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("bench")) as stack:
        yield stack


@pytest.fixture(scope="module")
def job() -> Job:
    return Job(make_records(SIZE))


@pytest.mark.parametrize("entrant", [entrant for entrant in ENTRANTS if not entrant.bare], ids=lambda entrant: entrant.name)
def test_a_contestant_has_every_effect_once_and_in_order(entrant: Entrant, job: Job, stack: Stack, tmp_path: Path) -> None:
    """Guarantee: what is compared are programs whose states, events and dead letters are the expected ones."""
    done = run(entrant, job, stack, 4, tmp_path)
    assert done.wrong == []
    assert done.rate > 0
    assert done.cpu["service"] > 0
    assert done.memory > 0


@pytest.mark.parametrize("entrant", [entrant for entrant in ENTRANTS if entrant.bare], ids=lambda entrant: entrant.name)
def test_a_ceiling_says_what_it_took(entrant: Entrant, job: Job, stack: Stack, tmp_path: Path) -> None:
    assert run(entrant, job, stack, 4, tmp_path).rate > 0
