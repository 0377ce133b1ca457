"""Legs and events become contacts: rows that share a key, each field made by its rule."""

from collections.abc import Sequence

from callbill.cells import quoted
from callbill.stage import column
from callbill.staging import Condition, Layout, Legs, Rule


def contacts(layout: Layout, legs: Legs, rows: str, content: str, identity: str) -> str:
    """The query of the contacts that a relation of legs makes.

    Legs stand in the order that the contract names; equal ones by their content, so that the order of the export's
    rows changes nothing. A contact stands where its first leg does.
    """
    order = ", ".join(f"{column(name)} NULLS LAST" for name in legs.order)
    placed = (
        f"SELECT *, ROW_NUMBER() OVER (PARTITION BY {identity} ORDER BY {order}, {content}, row) AS place FROM {rows}"
    )
    names = [*layout.texts, *layout.instants, *layout.numbers, *layout.durations]
    fields = [f"{_taken(name, _rule(name, legs))} AS {column(name)}" for name in names]
    return (
        f"SELECT arg_min(row, place) AS row, arg_min(file, place) AS file, {', '.join(fields)}, {identity} AS id,"
        f" 0 AS fault FROM ({placed}) GROUP BY {identity}"
    )


def signed(parts: Sequence[tuple[int, str]]) -> str:
    """The sum of signed fields; empty ones count 0."""
    terms = " ".join(f"{'+' if sign > 0 else '-'} COALESCE({column(name)}, 0)" for sign, name in parts)
    return f"(0 {terms})"


def _rule(name: str, legs: Legs) -> Rule:
    """The rule of a field: the contract's, the earliest for the start, else the first that is not empty."""
    if name in legs.rules:
        return legs.rules[name]
    return Rule("min" if name == "start" else "first")


def _taken(name: str, rule: Rule) -> str:
    """One field of the contact from its legs."""
    value = _where(column(name), rule.where)
    if rule.take == "words":
        ranks = " ".join(f"WHEN {quoted(word)} THEN {n}" for n, word in enumerate(rule.words))
        words = " ".join(f"WHEN {n} THEN {quoted(word)}" for n, word in enumerate(rule.words))
        return f"CASE MIN(CASE {value} {ranks} END) {words} END"
    if rule.take in ("first", "last"):
        return f"{'arg_min' if rule.take == 'first' else 'arg_max'}({value}, place)"
    total = f"{rule.take.upper()}({value})"
    return f"CAST({total} AS BIGINT)" if rule.take == "sum" else total


def _where(value: str, conditions: Sequence[Condition]) -> str:
    """The value on the legs that fit."""
    if not conditions:
        return value
    met = " AND ".join(one.sql(column(one.field)) for one in conditions)
    return f"CASE WHEN {met} THEN {value} END"
