"""The check of a schema's change names each field that breaks an earlier reader or an earlier writer, and passes what breaks nobody."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.registry import every_message
from contracts.schemas import Break, breaks, schema_of

Schema = dict[str, Any]


def message(required: tuple[str, ...] = (), defs: Schema | None = None, /, **fields: Schema) -> Schema:
    """A message's schema with these fields."""
    return {"type": "object", "properties": fields, "required": list(required), "$defs": defs or {}}


def one(old: Schema, new: Schema) -> list[tuple[str, str]]:
    """(field, whom) of what breaks when the single field `a` changes from old to new."""
    return [(found.field, found.whom) for found in breaks(message(a=old), message(a=new))]


TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
OPTIONAL_TEXT: Schema = {"anyOf": [TEXT, {"type": "null"}]}
READERS, WRITERS = [("a", "readers")], [("a", "writers")]
BOTH = [("a", "readers"), ("a", "writers")]


def test_a_schema_that_stays_breaks_nobody() -> None:
    for known in every_message():
        assert breaks(schema_of(known), schema_of(known)) == []


def test_an_optional_field_may_be_added() -> None:
    assert breaks(message(("a",), a=TEXT), message(("a",), a=TEXT, b=OPTIONAL_TEXT)) == []


def test_an_optional_field_may_be_taken_away() -> None:
    assert breaks(message(("a",), a=TEXT, b=TEXT), message(("a",), a=TEXT)) == []


def test_a_required_field_that_is_added_breaks_earlier_writers() -> None:
    found = breaks(message(a=TEXT), message(("b",), a=TEXT, b=TEXT))
    assert [(each.field, each.whom) for each in found] == [("b", "writers")]


def test_a_required_field_that_is_taken_away_breaks_earlier_readers() -> None:
    assert breaks(message(("a",), a=TEXT), message()) == [Break("a", "readers", "is gone, and earlier readers require it")]


def test_a_required_field_that_becomes_optional_breaks_earlier_readers() -> None:
    found = breaks(message(("a",), a=TEXT), message(a=TEXT))
    assert found == [Break("a", "readers", "may be left out now, and earlier readers require it")]


def test_an_optional_field_that_becomes_required_breaks_earlier_writers() -> None:
    assert [each.whom for each in breaks(message(a=TEXT), message(("a",), a=TEXT))] == ["writers"]


def test_a_renamed_required_field_breaks_both_sides() -> None:
    found = breaks(message(("a",), a=TEXT), message(("b",), b=TEXT))
    assert [(each.field, each.whom) for each in found] == [("a", "readers"), ("b", "writers")]


def test_words_may_change() -> None:
    assert one({**TEXT, "title": "A", "description": "old"}, {**TEXT, "description": "new"}) == []


def test_a_field_that_may_now_be_null_breaks_earlier_readers() -> None:
    assert one(TEXT, OPTIONAL_TEXT) == READERS


def test_a_field_that_may_no_longer_be_null_breaks_earlier_writers() -> None:
    assert one(OPTIONAL_TEXT, TEXT) == WRITERS


def test_another_type_breaks_both_sides() -> None:
    assert one(TEXT, WHOLE) == BOTH


def test_an_integer_widened_to_a_number_breaks_earlier_readers_only() -> None:
    assert one(WHOLE, {"type": "number"}) == READERS


def test_a_number_narrowed_to_an_integer_breaks_earlier_writers_only() -> None:
    assert one({"type": "number"}, WHOLE) == WRITERS


def test_a_list_of_types_is_the_same_as_its_alternatives() -> None:
    assert one(OPTIONAL_TEXT, {"type": ["null", "string"]}) == []


def test_a_field_of_any_type_that_is_given_one_breaks_earlier_writers() -> None:
    assert set(one({}, TEXT)) == {("a", "writers")}


def test_an_enumeration_that_grows_breaks_earlier_readers() -> None:
    assert one({**TEXT, "enum": ["won"]}, {**TEXT, "enum": ["won", "lost"]}) == READERS


def test_an_enumeration_that_shrinks_breaks_earlier_writers_and_names_the_value() -> None:
    found = breaks(message(a={**TEXT, "enum": ["won", "lost"]}), message(a={**TEXT, "enum": ["won"]}))
    assert found == [Break("a", "writers", "may no longer be lost")]


def test_an_enumeration_in_another_order_breaks_nobody() -> None:
    assert one({**TEXT, "enum": ["won", "lost"]}, {**TEXT, "enum": ["lost", "won"]}) == []


def test_text_that_becomes_an_enumeration_breaks_earlier_writers() -> None:
    assert one(TEXT, {**TEXT, "enum": ["won"]}) == WRITERS


def test_an_enumeration_that_becomes_any_text_breaks_earlier_readers() -> None:
    assert one({**TEXT, "enum": ["won"]}, TEXT) == READERS


def test_a_constant_is_an_enumeration_of_one() -> None:
    assert one({**TEXT, "const": "won"}, {**TEXT, "enum": ["won"]}) == []
    assert one({**TEXT, "const": "won"}, {**TEXT, "const": "lost"}) == BOTH


@pytest.mark.parametrize("keyword", ["minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"])
def test_a_lower_bound_breaks_writers_when_raised_and_readers_when_lowered(keyword: str) -> None:
    assert one({**TEXT, keyword: 1}, {**TEXT, keyword: 2}) == WRITERS
    assert one({**TEXT, keyword: 2}, {**TEXT, keyword: 1}) == READERS
    assert one(TEXT, {**TEXT, keyword: 1}) == WRITERS
    assert one({**TEXT, keyword: 1}, TEXT) == READERS


@pytest.mark.parametrize("keyword", ["maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"])
def test_an_upper_bound_breaks_writers_when_lowered_and_readers_when_raised(keyword: str) -> None:
    assert one({**TEXT, keyword: 2}, {**TEXT, keyword: 1}) == WRITERS
    assert one({**TEXT, keyword: 1}, {**TEXT, keyword: 2}) == READERS
    assert one(TEXT, {**TEXT, keyword: 1}) == WRITERS
    assert one({**TEXT, keyword: 1}, TEXT) == READERS


@pytest.mark.parametrize("keyword", ["pattern", "format"])
def test_a_pattern_or_format_that_changes_breaks_both_sides(keyword: str) -> None:
    assert one({**TEXT, keyword: "x"}, {**TEXT, keyword: "y"}) == BOTH
    assert one(TEXT, {**TEXT, keyword: "x"}) == WRITERS
    assert one({**TEXT, keyword: "x"}, TEXT) == READERS


def test_a_default_that_changes_breaks_both_sides() -> None:
    """Leaving the field out means something else to the two builds."""
    assert one({**TEXT, "default": "UTC"}, {**TEXT, "default": "CET"}) == BOTH


def test_a_keyword_that_the_check_does_not_know_is_not_passed_over() -> None:
    assert one(TEXT, {**TEXT, "contentEncoding": "base64"}) == BOTH


def test_the_items_of_a_list_are_compared() -> None:
    found = breaks(message(a={"type": "array", "items": TEXT}), message(a={"type": "array", "items": WHOLE}))
    assert {each.field for each in found} == {"a[]"}


def test_items_that_are_constrained_for_the_first_time_break_earlier_writers() -> None:
    found = breaks(message(a={"type": "array"}), message(a={"type": "array", "items": TEXT}))
    assert {(each.field, each.whom) for each in found} == {("a[]", "writers")}


def test_the_values_and_names_of_a_mapping_are_compared() -> None:
    mapping: Schema = {"type": "object", "additionalProperties": TEXT, "propertyNames": {**TEXT, "maxLength": 9}}
    narrowed: Schema = {"type": "object", "additionalProperties": {**TEXT, "maxLength": 5}, "propertyNames": {**TEXT, "maxLength": 8}}
    assert [each.field for each in breaks(message(a=mapping), message(a=narrowed))] == ["a.*", "a.<name>"]


def test_the_values_of_a_mapping_whose_names_follow_a_pattern_are_compared() -> None:
    def mapping(pattern: str, values: Schema) -> Schema:
        return message(a={"type": "object", "patternProperties": {pattern: values}})

    narrowed = breaks(mapping("^[a-z]+$", TEXT), mapping("^[a-z]+$", {**TEXT, "maxLength": 5}))
    assert [(each.field, each.whom) for each in narrowed] == [("a.*", "writers")]
    renamed = breaks(mapping("^[a-z]+$", TEXT), mapping("^[A-Z]+$", TEXT))
    assert [(each.field, each.whom) for each in renamed] == [("a.<name>", "readers"), ("a.<name>", "writers")]


def test_a_message_that_closes_itself_to_unknown_fields_breaks_earlier_writers() -> None:
    found = breaks(message(), {**message(), "additionalProperties": False})
    assert [(each.field, each.whom) for each in found] == [("the message", "writers")]


def test_a_change_inside_a_definition_is_found_under_the_field_that_uses_it() -> None:
    def priced(currency: Schema) -> Schema:
        return message((), {"Money": message(("currency",), currency=currency)}, price={"$ref": "#/$defs/Money"})

    found = breaks(priced(TEXT), priced({**TEXT, "maxLength": 3}))
    assert [(each.field, each.whom) for each in found] == [("price.currency", "writers")]


def test_a_change_inside_an_optional_definition_in_a_list_is_found() -> None:
    def listed(role: Schema) -> Schema:
        optional = {"anyOf": [{"$ref": "#/$defs/Contact"}, {"type": "null"}]}
        return message((), {"Contact": message((), role=role)}, contacts={"type": "array", "items": optional})

    found = breaks(listed(TEXT), listed({**TEXT, "enum": ["champion"]}))
    assert [each.field for each in found] == ["contacts[].role"]


def test_a_definition_may_be_renamed_or_written_out() -> None:
    inside = message(("b",), b=TEXT)
    named = message((), {"Old": inside}, a={"$ref": "#/$defs/Old"})
    assert breaks(named, message((), {"New": inside}, a={"$ref": "#/$defs/New"})) == []
    assert breaks(named, message(a=inside)) == []


def test_a_definition_that_refers_to_itself_is_compared_once() -> None:
    def tree(label: Schema) -> Schema:
        node = message((), None, label=label, children={"type": "array", "items": {"$ref": "#/$defs/Node"}})
        return message((), {"Node": node}, root={"$ref": "#/$defs/Node"})

    found = breaks(tree(TEXT), tree(WHOLE))
    assert {each.field for each in found} == {"root.label"}


def test_what_breaks_is_said_in_a_sentence() -> None:
    (found,) = breaks(message(a=TEXT), message(("a",), a=TEXT))
    assert str(found) == "a: is required now, and earlier writers may leave it out: breaks earlier writers"


SCALARS = st.sampled_from([TEXT, WHOLE, OPTIONAL_TEXT, {**TEXT, "maxLength": 5}, {**TEXT, "enum": ["x", "y"]}, {**TEXT, "enum": ["x"]}])


@given(SCALARS, SCALARS)
def test_who_breaks_turns_round_with_the_direction_of_the_change(before: Schema, after: Schema) -> None:
    """What tightens for one direction loosens for the other, so that neither can pass both ways unseen."""
    there = {whom for _, whom in one(before, after)}
    back = {whom for _, whom in one(after, before)}
    swapped = {"readers": "writers", "writers": "readers"}
    assert there == {swapped[whom] for whom in back}
    assert bool(there) == (before != after)
