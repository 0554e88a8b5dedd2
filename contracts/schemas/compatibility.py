"""What a change of a JSON Schema breaks: which earlier readers, which earlier writers, at which field."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from contracts.schemas.keywords import keyword_breaks

Schema = dict[str, Any]
Whom = Literal["readers", "writers"]
WHOM: tuple[Whom, Whom] = ("readers", "writers")
TYPES = ("string", "integer", "number", "boolean", "object", "array", "null")


@dataclass(frozen=True, order=True)
class Break:
    """One thing that a change breaks. `field`: where, such as `price.currency` or `contacts[].role`; `whom`: of the earlier schema."""

    field: str
    whom: Whom
    what: str

    def __str__(self) -> str:
        return f"{self.field}: {self.what}: breaks earlier {self.whom}"


@dataclass(frozen=True)
class _Pair:
    """The two documents under comparison, for their `$defs`, and the pairs of references that are being compared already."""

    old: Schema
    new: Schema
    seen: frozenset[tuple[str, str]] = frozenset()

    def entered(self, old: Schema, new: Schema) -> "_Pair | None":
        """The comparison one reference deeper; None when it goes round in a circle."""
        step = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if step == ("", ""):
            return self
        return None if step in self.seen else _Pair(self.old, self.new, self.seen | {step})


def breaks(old: Schema, new: Schema) -> list[Break]:
    """What breaks when `new` takes the place of `old`, in order of field; empty if nothing does.

    An earlier reader has to take whatever the new schema lets a writer write, and the new reader whatever an earlier writer wrote
    (full compatibility). A reader keeps fields that it does not know out, so that an optional field may come and go.
    """
    return sorted(set(_compare(old, new, "", _Pair(old, new))))


def _compare(old: Schema, new: Schema, field: str, pair: _Pair) -> Iterator[Break]:
    deeper = pair.entered(old, new)
    if deeper is None:
        return
    yield from _default(old, new, field)
    olds, news = _alternatives(old, pair.old), _alternatives(new, pair.new)
    yield from _retyped(olds, news, field)
    for name in olds.keys() & news.keys():
        yield from _same_type(olds[name], news[name], field, deeper)


def _default(old: Schema, new: Schema, field: str) -> Iterator[Break]:
    if "default" in old and "default" in new and old["default"] != new["default"]:
        what = f"the default was {old['default']!r} and is {new['default']!r}, so that leaving it out means something else"
        yield Break(field, "writers", what)
        yield Break(field, "readers", what)


def _retyped(olds: dict[str, Schema], news: dict[str, Schema], field: str) -> Iterator[Break]:
    """Types that came or went; an integer is a number too."""
    for name in sorted(news.keys() - olds.keys()):
        if not (name.startswith("integer") and "number" in olds):
            yield Break(_named(field), "readers", f"may now be {name}")
    for name in sorted(olds.keys() - news.keys()):
        if not (name.startswith("integer") and "number" in news):
            yield Break(_named(field), "writers", f"may no longer be {name}")


def _same_type(old: Schema, new: Schema, field: str, pair: _Pair) -> Iterator[Break]:
    for whom, what in keyword_breaks(old, new):
        yield Break(_named(field), whom, what)
    yield from _properties(old, new, field, pair)
    for keyword, suffix in (("items", "[]"), ("additionalProperties", ".*"), ("propertyNames", ".<name>")):
        before, after = old.get(keyword), new.get(keyword)
        if isinstance(before, dict) or isinstance(after, dict):
            yield from _compare(_schema(before), _schema(after), f"{field}{suffix}", pair)
    yield from _by_pattern(old.get("patternProperties", {}), new.get("patternProperties", {}), field, pair)
    for index, (before, after) in enumerate(zip(old.get("prefixItems", ()), new.get("prefixItems", ()), strict=False)):
        yield from _compare(before, after, f"{field}[{index}]", pair)


def _by_pattern(olds: Schema, news: Schema, field: str, pair: _Pair) -> Iterator[Break]:
    """The values of a mapping whose names follow a pattern; another pattern lets other names in, and keeps names out."""
    if olds.keys() != news.keys():
        what = f"names follow {' or '.join(sorted(news)) or 'no pattern'} now, and followed {' or '.join(sorted(olds)) or 'none'}"
        yield from (Break(f"{field}.<name>", whom, what) for whom in WHOM)
    for pattern in sorted(olds.keys() & news.keys()):
        yield from _compare(olds[pattern], news[pattern], f"{field}.*", pair)


def _properties(old: Schema, new: Schema, field: str, pair: _Pair) -> Iterator[Break]:
    olds, news = old.get("properties", {}), new.get("properties", {})
    for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
        yield Break(_under(field, name), "writers", "is required now, and earlier writers may leave it out")
    for name in sorted(set(old.get("required", ())) - set(new.get("required", ()))):
        what = "may be left out now" if name in news else "is gone"
        yield Break(_under(field, name), "readers", f"{what}, and earlier readers require it")
    for name in sorted(olds.keys() & news.keys()):
        yield from _compare(olds[name], news[name], _under(field, name), pair)


def _alternatives(schema: Schema, document: Schema) -> dict[str, Schema]:
    """The types that a value may have, each with what is said of it; the second and later one of a type are numbered."""
    found: dict[str, Schema] = {}
    for branch in _branches(schema, document):
        for name in _types(branch):
            number = sum(1 for other in found if other.split("#")[0] == name)
            found[f"{name}#{number + 1}" if number else name] = branch
    return found


def _branches(schema: Schema, document: Schema, followed: tuple[str, ...] = ()) -> Iterator[Schema]:
    reference = schema.get("$ref")
    if reference is not None:
        if reference not in followed:
            beside = {key: value for key, value in schema.items() if key not in {"$ref", "default"}}
            target = document.get("$defs", {})[reference.rsplit("/", 1)[-1]]
            yield from _branches({**target, **beside}, document, (*followed, reference))
        return
    branches = schema.get("anyOf") or schema.get("oneOf")
    if not branches:
        yield schema
    for branch in branches or ():
        yield from _branches(branch, document, followed)


def _types(schema: Schema) -> tuple[str, ...]:
    stated = schema.get("type")
    if stated is None:
        return TYPES
    return (stated,) if isinstance(stated, str) else tuple(stated)


def _schema(value: Any) -> Schema:
    return value if isinstance(value, dict) else {}


def _under(field: str, name: str) -> str:
    return f"{field}.{name}" if field else name


def _named(field: str) -> str:
    return field or "the message"
