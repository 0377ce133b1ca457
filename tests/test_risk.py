"""Who bears what: break-evens against direct bills, drawn months, elasticities, and what is warned of."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from side_by_side import CALLS, EVENING, TOP, agents, agreed, compared, contacts, invoiced, named, plain

from callbill import break_even, risk, volumes
from callbill.api import load_contract
from callbill.compare import compare
from callbill.money import exact
from callbill.rerun import Months, Outcome
from callbill.risk_report import CLIENT, PROVIDER, bearer
from callbill.source import emit
from callbill.staffing import Lever
from callbill.together import read_together

ILLUSTRATION = Path(__file__).parent / "scenarios" / "compare-illustration"
ACT = "[{id: acts, label: Acts, model: act, count: calls.answered, price: %s}]"
HOURS = "[{id: hours, label: Hours, model: time, measure: agents.talk + agents.available, unit: hour, price: %s}]"
FLAT = "[{id: fee, label: Fee, model: flat, amount: %s}]"
HEAD = "id,start,queue,customer,agent,state,wait,talk,hold,wrap"


def alike(number: int, talk: int) -> str:
    """So many answered contacts of February of the same length, the first 28 on a day each."""
    rows = [
        f"C{n},2026-02-{n % 28 + 1:02d}T{8 + n // 28 % 10:02d}:00:00Z,support,K{n},A{n % 3},answered,5,{talk},0,0"
        for n in range(number)
    ]
    return "\n".join([HEAD, *rows]) + "\n"


# ----------------------------------------------------------------------------------------------------- break-even


@pytest.mark.parametrize(("rate", "handling", "talk", "ready"), [
    ("26.00", 300, 3000, 750), ("31.50", 240, 2400, 1600), ("28.80", 180, 2520, 630),
])  # fmt: skip
def test_acts_are_cheaper_than_time_below_rate_times_handling_by_occupancy(
    rate: str, handling: int, talk: int, ready: int, tmp_path: Path
) -> None:
    """84 days of agents, whose time on the phone is that of the contacts; the price is found from the bills alone."""
    even = Fraction(rate) * handling / (3600 * Fraction(talk, talk + ready))
    files = {"calls": alike(84 * talk // handling, handling), "agents": agents({"2026-02": (talk, ready, 0)})}
    files["agents"] = "\n".join(row for row in files["agents"].splitlines() if not row.endswith(",0")) + "\n"
    time = agreed(HOURS % rate, "agents")
    with compared(tmp_path, time, agreed(ACT % "1"), periods=["2026-02"], **files) as found:
        assert found.occupancy == Fraction(talk, talk + ready)
        ((charge, price),) = break_even.break_evens(found)[0].prices
        assert charge == "acts"
        assert abs(exact(price) - even) <= Fraction(1, 10**6)
    for step, cheaper in ((Fraction(-1, 1000), "acts"), (Fraction(1, 1000), "time")):
        near = Fraction(round((even + step) * 10**6), 10**6)
        written = Decimal(near.numerator) / Decimal(near.denominator)
        with compared(tmp_path, time, agreed(ACT % written), periods=["2026-02"], **files) as found:
            by_time, by_act = (case.total for case in found.cases)
            assert ("acts" if by_act < by_time else "time") == cheaper
            assert by_act != by_time


@pytest.mark.parametrize("fee", ["1000.10", "1000.00", "500.25", "3000"])
def test_the_first_number_of_contacts_at_which_a_fee_is_cheaper_is_that_of_direct_bills(
    fee: str, tmp_path: Path
) -> None:
    by_act, flat = agreed(ACT % "2.50"), agreed(FLAT % fee, "calls")
    with compared(tmp_path, by_act, flat, periods=["2026-02"], calls=alike(600, 60)) as found:
        (even,) = break_even.break_evens(found)
    (contacts_,) = even.contacts
    assert (even.one, even.other, even.cheaper) == ("a", "b", ("a", "b"))
    nets = [
        invoiced(tmp_path, one, ["2026-02"], calls=alike(number, 60))[0].net
        for number in (contacts_ - 1, contacts_) for one in (by_act, flat)
    ]  # fmt: skip
    assert nets[0] <= nets[1]
    assert nets[2] > nets[3]


def test_a_pair_may_have_several_break_evens_or_none(tmp_path: Path) -> None:
    tiers = (
        "[{id: acts, label: Acts, model: act, count: calls.answered, tiers: {mode: volume, steps: "
        "[{up_to: 200, price: 3}, {price: 1}]}}]"
    )
    contracts = agreed(tiers), agreed(FLAT % "500", "calls"), agreed(FLAT % "9000", "calls")
    with compared(tmp_path, *contracts, periods=["2026-02"], calls=alike(400, 60)) as found:
        tiered, dear, fees = break_even.break_evens(found)
        assert (tiered.contacts, tiered.cheaper) == ((167, 201, 501), ("a", "b", "a", "b"))
        assert (dear.contacts, dear.cheaper) == ((), ("a",))
        assert (fees.contacts, fees.cheaper) == ((), ("b",))
        assert fees.prices == (("fee", Decimal("500.00")),)
        assert fees.own == (("fee", Decimal("9000.00")),)
        assert tiered.own == (("acts.t2", Decimal("1.250000")),)


def test_two_break_evens_within_a_step_of_the_grid_are_both_found(tmp_path: Path) -> None:
    """Up to 380 at 3 and all of more at 2: between 300 and 400 contacts a fee of 1,100 is cheaper from 367 to 380."""
    tiers = (
        "[{id: acts, label: Acts, model: act, count: calls.answered, tiers: {mode: volume, steps: "
        "[{up_to: 380, price: 3}, {price: 2}]}}]"
    )
    contracts = agreed(tiers), agreed(FLAT % "1100", "calls")
    with compared(tmp_path, *contracts, periods=["2026-02"], calls=alike(400, 60)) as found:
        (even,) = break_even.break_evens(found)
        assert (even.contacts, even.cheaper) == ((367, 381, 551), ("a", "b", "a", "b"))


def test_break_evens_are_the_changes_of_sign_of_every_whole_number_of_contacts(tmp_path: Path) -> None:
    """Two months of other sizes pass a tier and a tolerance at other volumes: both bills bend, one jumps."""
    tiers = (
        "[{id: a, label: A, model: act, count: calls.answered, tiers: {mode: volume, steps: [{up_to: 70, "
        "price: '2.90'}, {price: '2.40'}]}}]"
    )
    fee = (
        "[{id: f, label: F, model: flat, amount: 165, count: calls.answered, included: 70, tolerance: 10 "
        "%, excess: {price: 2, charge: whole}}]"
    )
    contracts = agreed(tiers), agreed(fee)
    with compared(tmp_path, *contracts, periods=list(MONTHS), calls=contacts(MONTHS)) as found:
        (even,) = break_even.break_evens(found)
        monthly = found.volumes.total("answered") or Fraction(0)
        gaps = []
        for n in range(round(monthly * 3 / 2) + 1):
            one, other = (found.total(case, Lever(volume=Fraction(2 * n) / monthly)) for case in found.cases)
            gaps.append(one - other)
        signs = [(n, gap > 0) for n, gap in enumerate(gaps) if gap]
        changes = [n for (_, before), (n, after) in pairwise(signs) if before != after]
        assert list(even.contacts) == changes
        assert len(changes) > 2


def test_a_price_of_either_contract_of_a_unit_a_band_or_a_fee_makes_the_totals_equal(tmp_path: Path) -> None:
    minutes = "[{id: m, label: M, model: time, measure: calls.talk, unit: minute, price: {evening: %s, day: %s}}]"
    files = {"calls": contacts({"2026-02": 83})}

    def billed(charges: str) -> Decimal:
        return invoiced(tmp_path, agreed(charges, calendar=EVENING), ["2026-02"], **files)[0].net

    pair = minutes % ("0.9", "0.6"), FLAT % "150"
    with compared(tmp_path, *(agreed(one, calendar=EVENING) for one in pair), periods=["2026-02"], **files) as found:
        (even,) = break_even.break_evens(found)
    own = dict(even.own)
    assert (set(own), dict(even.prices)) == ({"m.evening", "m.day"}, {"fee": billed(pair[0])})
    assert billed(minutes % (own["m.evening"], "0.6")) == billed(minutes % ("0.9", own["m.day"])) == 150


ROWS = "rows: [{when: {queue: sales}, price: {evening: %s, day: %s}}, {when: {queue: support}, price: %s}]"
LADDER = "tiers: {mode: graduated, steps: [{up_to: 30, price: %s}, {price: %s}]}"


@pytest.mark.parametrize(("prices", "amounts", "names"), [
    (f"prices: {{{ROWS}, otherwise: %s}}", ["3", "2", "2.5", "1.5"], {"r1.evening": 0, "r2": 2, "r3": 3}),
    (LADDER, ["3", "2"], {"t1": 0, "t2": 1}),
    ("package: {size: 10, price: %s, round: up}", ["18.5"], {"": 0}),
], ids=["rows", "tiers", "package"])  # fmt: skip
def test_every_price_that_stands_alone_makes_the_totals_equal_when_it_is_written(
    prices: str, amounts: list[str], names: dict[str, int], tmp_path: Path
) -> None:
    """The price that is told is put into the contract: its invoice is then the fee, but for a cent of rounding.

    No sales are billed by day: the price there makes nothing equal.
    """
    acts = f"[{{id: a, label: A, model: act, count: calls.answered, {prices}}}]"
    files = {"calls": contacts({"2026-02": 83}).replace(",support,K1", ",help,K1")}
    pair = acts % tuple(amounts), FLAT % "140"
    with compared(tmp_path, *(agreed(one, calendar=EVENING) for one in pair), periods=["2026-02"], **files) as found:
        (even,) = break_even.break_evens(found)
    told = dict(even.own)
    assert list(told) == [f"a.{name}".strip(".") for name in names]
    for n, price in zip(names.values(), told.values(), strict=True):
        written = [*amounts[:n], str(price), *amounts[n + 1 :]]
        contract = agreed(acts % tuple(written), calendar=EVENING)
        (invoice,) = invoiced(tmp_path, contract, ["2026-02"], **files)
        assert abs(invoice.net - 140) <= Decimal("0.01")
        assert Decimal(amounts[n]) != price


def test_without_contacts_there_is_no_break_even_of_them(tmp_path: Path) -> None:
    shifts = agents({"2026-02": (3000, 1000, 500)})
    contracts = agreed(HOURS % "26", "agents"), agreed(HOURS % "20", "agents")
    with compared(tmp_path, *contracts, periods=["2026-02"], agents=shifts) as found:
        (even,) = break_even.break_evens(found)
        assert (even.contacts, even.cheaper) == ((), ())
        assert [charge for charge, _ in even.prices] == ["hours"]


def test_the_price_that_makes_two_bills_equal_makes_them_equal_to_the_cent(tmp_path: Path) -> None:
    """93 hours and a third at 20 instead of 26: the price that is told is billed as such."""
    shifts = agents({"2026-02": (3000, 1000, 500)})
    contracts = agreed(HOURS % "26", "agents"), agreed(HOURS % "20", "agents")
    with compared(tmp_path, *contracts, periods=["2026-02"], agents=shifts) as found:
        ((_, price),) = break_even.break_evens(found)[0].prices
        total = found.cases[0].total
    (invoice,) = invoiced(tmp_path, agreed(HOURS % price, "agents"), ["2026-02"], agents=shifts)
    assert invoice.net == total


# --------------------------------------------------------------------------------------------------- distribution

MONTHS = {"2026-02": 83, "2026-03": 120}


def spreads(folder: Path, seed: int, *, threads: int = 1, draws: int = 40) -> list[risk.Spread]:
    seen: list[int] = []
    with compared(
        folder, agreed(ACT % "2.50"), agreed(FLAT % "180", "calls"), periods=list(MONTHS), threads=threads,
        calls=contacts(MONTHS),
    ) as found:  # fmt: skip
        made = risk.distribution(found, draws, seed, seen.append)
    assert seen == list(range(1, draws + 1))
    return made


def test_the_same_seed_draws_the_same_months_whatever_the_threads(tmp_path: Path) -> None:
    one = spreads(tmp_path, 1)
    assert spreads(tmp_path, 1) == spreads(tmp_path, 1, threads=2) == one
    assert spreads(tmp_path, 2) != one
    assert one[0].low < one[0].median < one[0].high
    assert one[1].low == one[1].median == one[1].high == 180
    assert one[0].cheaper is None
    assert one[1].cheaper is not None
    assert 0 < one[1].cheaper < 1


def test_drawn_months_keep_their_days_of_the_week(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Contacts come on Mondays only, as many in one as in another: drawn months have the Mondays of the real ones."""
    mondays = [f"2026-02-{n:02d}" for n in (2, 9, 16, 23)] + [f"2026-03-{n:02d}" for n in (2, 9, 16, 23, 30)]
    rows = [f"{day}-{n},{day}T10:00:00Z,q,K,A,answered,1,60,0,0" for day in mondays for n in range(10)]
    text = "\n".join([HEAD, *rows]) + "\n"
    with compared(tmp_path, agreed(ACT % "1"), periods=list(MONTHS), calls=text) as found:
        assert [one.net for one in found.cases[0].outcomes] == [40, 50]
        (spread,) = risk.distribution(found, 100, 7)
        assert (spread.low, spread.median, spread.high) == (40, 40, 50)
        drawn: list[Any] = []
        outcome = Months.outcome

        def noted(self: Months, month: int, change: Any = None) -> Outcome:
            drawn.append((month, change))
            return outcome(self, month, change)

        monkeypatch.setattr(Months, "outcome", noted)
        risk.distribution(found, 2, 7)
        assert [month for month, _ in drawn] == [0, 1]
        for month, change in drawn:
            first = found.periods[month].first.toordinal()
            assert list(change.days) == list(range(first, found.periods[month].end.toordinal()))
            assert all(one % 7 == other % 7 for one, (_, other) in change.days.items())
            assert {where for where, _ in change.days.values()} == {0, 1}


def test_days_of_other_phases_do_not_stand_in_for_each_other(tmp_path: Path) -> None:
    """By act at 1 until February, at 100 from March on: no drawn month mixes them."""
    acts = "[{id: %s, label: Acts, model: act, count: calls.answered, price: %s}]"
    phases = plain(f"""
    phases:
      - {{name: first, from: 2026-02-01, until: 2026-02-28, charges: {acts % ("acts", 1)}}}
      - {{name: then, from: 2026-03-01, charges: {acts % ("more", 100)}}}""")
    contract = load_contract(emit({**TOP, "activity": {"calls": CALLS}, **phases}).encode())
    with compared(tmp_path, contract, periods=list(MONTHS), calls=contacts(MONTHS)) as found:
        (spread,) = risk.distribution(found, 60, 3)
        assert spread.low < 100
        assert spread.high % 100 == 0


def test_a_month_that_crosses_a_change_keeps_each_phase_s_days(tmp_path: Path) -> None:
    """28 days alike, at 1 until the 14th and at 5 from the 15th on: every drawn month is the month."""
    acts = "[{id: %s, label: Acts, model: act, count: calls.answered, price: %s}]"
    phases = plain(f"""
    phases:
      - {{name: first, until: 2026-02-14, charges: {acts % ("acts", 1)}}}
      - {{name: then, from: 2026-02-15, charges: {acts % ("more", 5)}}}""")
    contract = load_contract(emit({**TOP, "activity": {"calls": CALLS}, **phases}).encode())
    with compared(tmp_path, contract, agreed(ACT % "3"), periods=["2026-02"], calls=alike(56, 60)) as found:
        one, other = risk.distribution(found, 30, 5)
        assert one.low == one.median == one.high == 28 * 1 + 28 * 5
        assert list(risk.chances([one, other])) == [(one.case, other.case, 0, 0)]


# --------------------------------------------------------------------------------------------------- elasticities


def test_elasticities_of_the_illustration_say_who_bears_what() -> None:
    names = ["time", "act", "minute", "flat"]
    contracts = [load_contract(ILLUSTRATION / f"{name}.yaml") for name in names]
    files = [str(ILLUSTRATION / f"{name}.csv") for name in ("calls", "agents")]
    with read_together(contracts, files, threads=1, more=volumes.fields) as read:
        found = compare(read, names, named("2026-10"), staffing="follows")
        made = {
            one.case: tuple(
                None if part is None else round(part, 3) for part in (one.fewer, one.more, one.longer, one.idle)
            )
            for one in risk.elasticities(found, risk.kpis_moved(found))
        }
    assert made == {"time": (0, 1, 1, 1), "act": (1, 1, 0, 0), "minute": (1, 1, 1, 0), "flat": (0, 0, 0, 0)}


def test_the_client_bears_what_positions_do_not_hold(tmp_path: Path) -> None:
    """Stated seats cost the same whatever comes: neither queues nor waiting agents are the provider's."""
    seats = (
        "[{id: seats, label: Seats, model: subscription, price: 1300, billed: in_arrears, proration: "
        "none, seats: [{from: 2026-01-01, seats: 3}]}]"
    )
    shifts = agents({"2026-02": (3000, 1000, 500)})
    contracts = agreed(seats, "agents"), agreed(FLAT % "3900", "agents"), agreed(ACT % "2")
    with compared(tmp_path, *contracts, periods=["2026-02"], calls=alike(200, 60), agents=shifts) as found:
        by_seats, flat, act = risk.elasticities(found, [])
    events = ("fewer", "more", "longer", "idle")
    for one, expected in (
        (by_seats, (CLIENT,) * 4), (flat, (CLIENT, *(PROVIDER,) * 3)), (act, (PROVIDER, CLIENT, PROVIDER, PROVIDER)),
    ):  # fmt: skip
        assert tuple(bearer(name, getattr(one, name), capacity=one.capacity) for name in events) == expected


LEVEL = plain("level: {kpi: service_level, source: calls, within: 20 s, formula: of_all, decimals: 1}")


def scaled(kpis: Any, kpi: str, scale: str) -> Any:
    return {"kpis": kpis, "bonus_malus": [{"id": "c", "label": "C", "kpi": kpi, **plain(f"scale: {scale}")}]}


STEPS = "[{below: 25, amount: -20}, {below: 30, amount: 0}, {amount: 10}]"


def test_a_kpi_is_moved_by_points_and_its_worst_is_what_quality_costs(tmp_path: Path) -> None:
    """A level of 27.7 %: five points less are below 25 and cost 20 of 118."""
    contract = agreed(ACT % "2", **scaled(LEVEL, "level", STEPS))
    with compared(tmp_path, contract, agreed(ACT % "2"), periods=["2026-02"], calls=contacts({"2026-02": 83})) as found:
        (moved,) = risk.kpis_moved(found)
        assert moved.steps == (-5, -2, 2, 5)
        assert moved.totals == (98, 118, 118, 128)
        one, other = risk.elasticities(found, [moved])
        assert one.quality == Fraction(-20, 118) * 100 / 5
        assert (other.quality, one.idle) == (None, None)


def test_a_kpi_in_seconds_is_moved_by_hundredths_of_its_value(tmp_path: Path) -> None:
    wait = plain("wait: {kpi: speed_of_answer, source: calls, formula: of_answered, decimals: 1}")
    contract = agreed(ACT % "2", **scaled(wait, "wait", "[{up_to: 26, amount: 0}, {amount: -59}]"))
    with compared(tmp_path, contract, periods=["2026-02"], calls=contacts({"2026-02": 83})) as found:
        value = found.cases[0].outcomes[0].kpis[0].value
        assert value is not None
        (moved,) = risk.kpis_moved(found)
        assert [round(step / value * 100) for step in moved.steps] == [-20, -8, 8, 20]
        assert not moved.higher_is_better
        assert moved.totals[0] == 118
        assert moved.totals[-1] == 59
        assert risk.elasticities(found, [moved])[0].quality == Fraction(-50, 20)


def test_a_bill_of_nothing_has_no_elasticity(tmp_path: Path) -> None:
    with compared(tmp_path, agreed(ACT % "0"), periods=["2026-02"], calls=contacts({"2026-02": 83})) as found:
        (one,) = risk.elasticities(found, [])
        assert (one.fewer, one.more, one.longer, one.idle, one.quality) == (None,) * 5


def test_steps_of_volume_and_handling_are_the_bills_at_each(tmp_path: Path) -> None:
    minutes = "[{id: talk, label: Talk, model: time, measure: calls.talk, unit: minute, price: 1}]"
    with compared(tmp_path, agreed(ACT % "2"), agreed(minutes), periods=["2026-02"], calls=alike(200, 60)) as found:
        assert [one.totals for one in risk.volumes_moved(found)] == [
            (280, 320, 360, 440, 480, 520), (140, 160, 180, 220, 240, 260),
        ]  # fmt: skip
        assert [one.totals for one in risk.handling_moved(found)] == [
            (400,) * 6, (140, 160, 180, 220, 240, 260),
        ]  # fmt: skip
        assert [one.case for one in risk.handling_moved(found, [Fraction(1, 2)])] == ["a", "b"]


# ------------------------------------------------------------------------------------------------------- warnings


def test_a_total_that_falls_while_contacts_rise_is_found_at_its_step(tmp_path: Path) -> None:
    """Up to 105 contacts cost 3 each, and all of more cost 2: 105 → 315, 106 → 212."""
    tiers = (
        "[{id: a, label: A, model: act, count: calls.answered, tiers: {mode: %s, steps: [{up_to: 105, "
        "price: 3}, {price: 2}]}}]"
    )
    contracts = agreed(tiers % "volume"), agreed(tiers % "graduated")
    with compared(tmp_path, *contracts, periods=["2026-02"], calls=alike(100, 60)) as found:
        assert risk.falling(found) == [
            risk.Falls("a", Fraction(1, 20), Fraction(3, 50), Decimal("315.00"), Decimal("212.00"), (105, 106))
        ]
        direct = [
            invoiced(tmp_path, contracts[0], ["2026-02"], calls=alike(number, 60))[0].net for number in (105, 106)
        ]
        assert direct == [315, 212]


def test_a_fall_that_a_step_of_volume_hides_is_found_and_a_fall_of_rounding_is_none(tmp_path: Path) -> None:
    """A tier 2 % cheaper falls at its limit alone: one step of 5 % further the bill is higher again."""
    tiers = (
        "[{id: a, label: A, model: act, count: calls.answered, tiers: {mode: volume, steps: [{up_to: "
        "172, price: 3}, {price: '2.94'}]}}]"
    )
    least = "[{id: a, label: A, model: act, count: calls.answered, price: '0.333333', minimum: {amount: 60}}]"
    with compared(tmp_path, agreed(tiers), agreed(least), periods=["2026-02"], calls=alike(200, 60)) as found:
        (one,) = risk.falling(found)
        assert (one.case, one.contacts, one.before, one.after) == ("a", (172, 173), 516, Decimal("508.62"))


def test_hours_without_contacts_are_looked_at_in_steps(tmp_path: Path) -> None:
    steps = "{mode: volume, steps: [{up_to: 100, price: 30}, {price: 20}]}"
    hours = f"[{{id: h, label: H, model: time, measure: agents.talk + agents.available, unit: hour, tiers: {steps}}}]"
    shifts = agents({"2026-02": (3000, 1000, 500)})
    with compared(tmp_path, agreed(hours, "agents"), periods=["2026-02"], agents=shifts) as found:
        (one,) = risk.falling(found)
        assert (one.contacts, one.high - one.low) == (None, Fraction(1, 20))
        assert one.before > one.after


@pytest.mark.parametrize(("fee", "month"), [("170", "2026-03"), ("330", "2026-02"), ("100", None), ("400", None)])
def test_a_saving_of_one_month_alone_names_it(fee: str, month: str | None, tmp_path: Path) -> None:
    """Acts cost 120 in February and 360 in March; a fee saves, or costs, in one month more than in both."""
    first, second = alike(60, 60), alike(180, 60).replace("2026-02", "2026-03").replace("\nC", "\nM")
    text = first + second.split("\n", 1)[1]
    contracts = agreed(ACT % "2"), agreed(FLAT % fee, "calls")
    with compared(tmp_path, *contracts, periods=list(MONTHS), calls=text) as found:
        assert [one.net for one in found.cases[0].outcomes] == [120, 360]
        assert risk.resting_on_one(found).get("b") == month


def test_one_month_alone_rests_on_nothing(tmp_path: Path) -> None:
    contracts = agreed(ACT % "2"), agreed(FLAT % "1", "calls")
    with compared(tmp_path, *contracts, periods=["2026-02"], calls=alike(60, 60)) as found:
        assert risk.resting_on_one(found) == {}
