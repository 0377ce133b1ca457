"""Frozen dataclasses behave as ordinary ones, although they share their methods."""

from dataclasses import FrozenInstanceError, field, fields, replace

import pytest

from callbill.frozen import frozen, quickened, remembering


@frozen
class _Pair:
    """Two things, a third by default, and a list of one's own."""

    first: int
    second: str
    third: int = 3
    rest: list[int] = field(default_factory=list)


@frozen(kw_only=True)
class _Named:
    """A thing that is given by name."""

    first: int


@frozen(kw_only=True)
class _NamedMore(_Named):
    """One more than its base."""

    second: int = 2


def test_values_come_by_position_by_name_or_by_default() -> None:
    made = _Pair(1, second="b")
    assert (made.first, made.second, made.third, made.rest) == (1, "b", 3, [])
    assert made.rest is not _Pair(1, "b").rest
    assert (_NamedMore(first=1).first, _NamedMore(first=1).second) == (1, 2)


def test_how_a_value_was_given_makes_no_difference() -> None:
    one, other = _Named(first=1), _Named(first=1)
    assert one == other
    assert hash(one) == hash(other)
    by_name, by_position = _Pair(rest=[], third=3, second="b", first=1), _Pair(1, "b")
    assert by_name == by_position
    assert repr(by_name) == repr(by_position) == "_Pair(first=1, second='b', third=3, rest=[])"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ((), {}),
        ((1,), {}),
        ((1, "b"), {"fourth": 4}),
        ((1, "b"), {"first": 1}),
        ((1, "b", 3, [], 5), {}),
    ],
)
def test_a_missing_unknown_or_double_value_is_refused(values: tuple[object, ...], named: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="_Pair"):
        _Pair(*values, **named)  # type: ignore[arg-type]  # that is what is refused


def test_a_value_that_must_be_named_is_refused_without_its_name() -> None:
    with pytest.raises(TypeError, match="_Named"):
        _Named(1)  # type: ignore[misc]  # that is what is refused


def test_fields_are_set_once() -> None:
    made = _Pair(1, "b")
    with pytest.raises(FrozenInstanceError):
        made.first = 2  # type: ignore[misc]  # that is what is refused
    assert replace(made, first=2) == _Pair(2, "b")
    assert [one.name for one in fields(made)] == ["first", "second", "third", "rest"]


def test_a_class_brings_no_methods_of_its_own() -> None:
    """What makes it cheap: nothing is written and compiled for a single class."""
    for method in ("__init__", "__eq__", "__hash__", "__repr__", "__setattr__"):
        assert getattr(_Pair, method) is getattr(_Named, method)


def test_a_class_whose_construction_is_written_out_is_the_same() -> None:
    @quickened
    @frozen
    class Quick:
        first: int
        second: str = "b"
        rest: list[int] = field(default_factory=list)

    @quickened
    @frozen(kw_only=True)
    class Named:
        first: int
        second: int = 2

    assert Quick(1) == Quick(first=1, second="b", rest=[])
    assert Quick(1).rest is not Quick(1).rest
    assert replace(Quick(1, "c"), first=3) == Quick(3, "c")
    assert (repr(Named(first=1)), hash(Named(first=1))) == (repr(Named(second=2, first=1)), hash(Named(first=1)))
    for wrong in (lambda: Quick(), lambda: Quick(1, fourth=4), lambda: Quick(1, first=1), lambda: Named(1)):  # type: ignore[call-arg, misc]  # that is what is refused
        with pytest.raises(TypeError):
            wrong()


def test_a_class_that_remembers_its_hash_is_the_same() -> None:
    asked: list[int] = []

    class Counted:
        def __hash__(self) -> int:
            asked.append(1)
            return 7

    @remembering
    @frozen
    class Key:
        first: object
        second: int = 2

    part = Counted()
    known, fresh = Key(part), Key(part)
    assert {known, fresh} == {fresh}
    assert known in {fresh: "a"}
    assert hash(known) == hash(fresh) == hash((part, 2))
    assert len(asked) == 3
    assert (known == fresh, repr(known) == repr(fresh)) == (True, True)
    assert hash(replace(known, second=3)) == hash(Key(part, 3)) != hash(known)
