"""The job and the ratios, without any server."""

import json
from dataclasses import replace
from uuid import uuid5

import pytest

from bench.ground.ratios import paired
from bench.job.expected import event_id, expect
from bench.job.records import Size, make_records
from bench.programme import USUAL, plan
from chassis.outbox import IDS
from contracts.deals import OpenDeal, SetTerms

SIZE = Size(records=2000, aggregates=100)


def test_the_same_seed_makes_the_same_records() -> None:
    assert make_records(SIZE) == make_records(SIZE)
    assert make_records(SIZE) != make_records(replace(SIZE, seed=2))


def test_the_records_are_as_many_as_asked_for_with_their_share_of_duplicates_and_poison() -> None:
    records = make_records(SIZE)
    assert len(records) == 2000
    assert len(records) - len({sent.id for sent in records}) == 20
    assert sum(sent.poison for sent in records) == 2
    assert 900 < sum(len(sent.value) for sent in records) / len(records) < 1200


def test_a_deal_is_opened_before_its_terms_are_set_and_its_duplicates_stand_behind_their_originals() -> None:
    seen = set()
    for sent in make_records(SIZE):
        if not sent.poison:
            assert sent.key in seen or sent.type == OpenDeal.wire_type()
            seen.add(sent.key)


def test_every_good_record_is_one_that_the_contracts_take() -> None:
    models = {model.wire_type(): model for model in (OpenDeal, SetTerms)}
    for sent in make_records(SIZE):
        if not sent.poison:
            assert models[sent.type].model_validate_json(sent.value).deal_id == sent.key


def test_a_message_and_its_copies_have_one_effect() -> None:
    records = make_records(SIZE)
    expected = expect(records)
    assert expected.count == len({sent.id for sent in records if not sent.poison})
    assert expected.dead == {sent.id for sent in records if sent.poison}
    last = {sent.key: sent for sent in dict.fromkeys(sent for sent in records if not sent.poison)}
    for key, sent in last.items():
        assert json.loads(expected.states[key])["price"] == json.loads(sent.value)["price"]


def test_the_model_names_events_as_baton_does() -> None:
    assert event_id("c-1", "deals.SetTerms.v1") == str(uuid5(IDS.namespace, "/elsewhere/quotes|c-1|set_terms|0"))


def test_ratios_are_of_runs_of_the_same_round() -> None:
    spread = paired([10, 40, 90], [10, 20, 30])
    assert (spread.middle, spread.least, spread.most) == (2, 1, 3)
    with pytest.raises(ValueError, match="argument 2"):
        paired([1], [1, 2])


def test_naming_a_contestant_asks_for_the_main_job_and_naming_nothing_for_the_usual_ones() -> None:
    assert plan(["baton"]).benchmarks == ("throughput",)
    assert plan([]).benchmarks == USUAL
    with pytest.raises(ValueError, match="nobody"):
        plan(["nobody"])
