"""Legs and events become contacts: rows that share a key, each field made by its rule."""

from collections.abc import Sequence

from callbill.sql import column, quoted
from callbill.staging import Layout, Legs, Rule


def contacts(layout: Layout, legs: Legs, rows: str, content: str, identity: str) -> str:
    """The query of the contacts that a relation of legs makes.

    Legs stand in the order that the contract names, one that others belong to first; equal ones by their content, so
    that the order of the export's rows changes nothing.
    """
    key = "COALESCE(root, key)" if legs.parent or legs.child else "key"
    keyed = f"SELECT *, {identity} AS key FROM {rows} g"
    if legs.parent or legs.child:
        keyed = _rooted(legs, keyed)
    order = ", ".join([*(f"{column(name)} NULLS LAST" for name in legs.order), *_ranks(legs)])
    belongs = "CASE WHEN root IS NULL THEN 0 ELSE 1 END, " if legs.parent or legs.child else ""
    window = f"PARTITION BY {key} ORDER BY {belongs}{order}, {content}, row"
    placed = f"SELECT *, {key} AS contact, ROW_NUMBER() OVER ({window}) AS place FROM ({keyed}) k"
    ends = {rule.until for rule in legs.rules.values() if rule.until}
    if ends:
        first = ", ".join(
            f"MIN(CASE WHEN {column(name)} IS NOT NULL THEN place END) OVER (PARTITION BY contact) AS until_{name}"
            for name in sorted(ends)
        )
        placed = f"SELECT *, {first} FROM ({placed}) u"
    names = [*layout.texts, *layout.instants, *layout.numbers, *layout.durations]
    fields = [f"{_field(name, layout, legs)} AS {column(name)}" for name in names]
    return (
        f"SELECT arg_min(row, place) AS row, arg_min(file, place) AS file, {', '.join(fields)}, contact AS id,"
        f" 0 AS fault FROM ({placed}) p GROUP BY contact"
    )


def _ranks(legs: Legs) -> list[str]:
    """What puts legs in order that begin at one moment; a word without a place comes last."""
    return [
        f"CASE {column(name)} {_numbered(words)} ELSE {len(words)} END" for name, words in sorted(legs.ranks.items())
    ]


def _numbered(words: Sequence[str]) -> str:
    """The branches of a CASE that give each word its place."""
    return " ".join(f"WHEN {quoted(word)} THEN {n}" for n, word in enumerate(words))


def _rooted(legs: Legs, keyed: str) -> str:
    """The legs with the key of the one at the top of their chain, in the files or not; the one at the top has none."""
    ties = []
    if legs.parent:
        ties.append(f"SELECT key AS below, {column(legs.parent)} AS above FROM keyed")
    if legs.child:
        ties.append(f"SELECT {column(legs.child)} AS below, key AS above FROM keyed")
    return (
        f"WITH RECURSIVE keyed AS ({keyed}), ties AS (SELECT DISTINCT below, above FROM ({' UNION ALL '.join(ties)}) t"
        " WHERE below IS NOT NULL AND above IS NOT NULL AND below <> above),"
        " up AS (SELECT below, above FROM ties UNION"
        " SELECT u.below, t.above FROM up u JOIN ties t ON u.above = t.below),"
        " top AS (SELECT below, MIN(above) AS root FROM up WHERE above NOT IN (SELECT below FROM ties) GROUP BY below)"
        " SELECT keyed.*, top.root FROM keyed LEFT JOIN top ON top.below = keyed.key"
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


def _field(name: str, layout: Layout, legs: Legs) -> str:
    """One field of the contact: of its legs, or between two moments of the contact itself."""
    rule = _rule(name, legs)
    if rule.take != "span":
        return _taken(name, rule)
    if name in layout.sums:
        signs = ((" + " if sign > 0 else " - ", part) for sign, part in layout.sums[name])
        return "0" + "".join(f"{sign}COALESCE({_field(part, layout, legs)}, 0)" for sign, part in signs)
    start, end = layout.spans[name]
    return f"{_taken(end, _rule(end, legs))} - {_taken(start, _rule(start, legs))}"


def _taken(name: str, rule: Rule) -> str:
    """One field of the contact from its legs."""
    value = _where(column(name), rule)
    if rule.take == "words":
        ranks = _numbered(rule.words)
        words = " ".join(f"WHEN {n} THEN {quoted(word)}" for n, word in enumerate(rule.words))
        return f"CASE MIN(CASE {value} {ranks} END) {words} END"
    if rule.take in ("first", "last"):
        return f"{'arg_min' if rule.take == 'first' else 'arg_max'}({value}, place)"
    total = f"{rule.take.upper()}({value})"
    if rule.legs == "only":
        return f"CASE WHEN COUNT(*) = 1 THEN {total} END"
    return f"CAST({total} AS BIGINT)" if rule.take == "sum" else total


def _where(value: str, rule: Rule) -> str:
    """The value on the legs that count for it."""
    tests = [one.sql(column(one.field)) for one in rule.where]
    if rule.legs in ("first", "others"):
        tests.append("place = 1" if rule.legs == "first" else "place > 1")
    if rule.until is not None:
        tests.append(f"(until_{rule.until} IS NULL OR place <= until_{rule.until})")
    return f"CASE WHEN {' AND '.join(tests)} THEN {value} END" if tests else value
