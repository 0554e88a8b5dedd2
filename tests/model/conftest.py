"""The surroundings of the model, and the toy service deployed with one lane or two."""

from collections.abc import Callable, Iterator
from functools import cache

import pytest

from chassis.deployment import Deployment
from tests.model.surroundings import surroundings
from tests.model.tally import deployed

Deployed = Callable[[int], Deployment]


@pytest.fixture(scope="package", autouse=True)
def _surroundings() -> Iterator[None]:
    with surroundings():
        yield


@pytest.fixture(scope="package")
def deployments(tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    """The toy service with so many lanes."""
    return cache(lambda lanes: deployed(tmp_path_factory.mktemp("tally"), lanes))
