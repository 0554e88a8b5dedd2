"""Setting up again what is there: settings may have changed."""

import pytest

from chassis.bootstrap import make_collections
from tests.chassis.counting import Bench


@pytest.mark.integration
async def test_message_ids_are_remembered_as_long_as_the_setting_now_says(bench: Bench) -> None:
    """Guarantee: the bootstrap step can be run again with another `BATON_INBOX_DAYS`, and what it says then holds."""
    settings = bench.deployment.settings.model_copy(update={"inbox_days": 60})
    await make_collections(bench.db, bench.deployment.service, settings)
    for collection in (bench.db.inbox, bench.db.answers):
        assert (await collection.index_information())["at_1"]["expireAfterSeconds"] == 60 * 86_400
