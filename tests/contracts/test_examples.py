"""The examples in the documents are messages that the models take, and are the same each time."""

import json

import pytest

from contracts.examples import example_of
from contracts.message import REGISTER
from contracts.registry import every_message


@pytest.mark.parametrize("wire_type", [message.wire_type() for message in every_message()])
def test_the_example_of_a_message_is_taken_by_its_model(wire_type: str) -> None:
    message = REGISTER[wire_type]
    example = example_of(message)
    taken = message.model_validate_json(json.dumps(example))
    assert taken.key
    assert set(example) == set(message.model_fields)


def test_an_example_is_the_same_each_time() -> None:
    for message in every_message():
        assert example_of(message) == example_of(message)
