"""The Python API: contracts, activity in every form, invoices out; the form of the activity changes no byte."""

import gzip
import json
import random
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from small import CALLS, contract_text, spots

import callbill
from callbill import api, explain
from callbill.api import TooManyRejects
from callbill.engine import Engine
from callbill.files import Unreachable
from callbill.period import period_named
from callbill.problems import Invalid

SAMPLE = Path(__file__).parent.parent / "sample_contracts" / "activity" / "contacts-2026-10.csv"
MONTH = contract_text(
    """
  - {id: calls, label: Calls, model: act, count: calls.answered, once_per: {field: customer, within: 24 h},
     tiers: {mode: graduated, steps: [{up_to: 2000, price: 2.70}, {price: 2.45}]}}
  - {id: talk, label: Talk, model: time, measure: calls.talk, unit: hour, by: queue, price: {day: 26, evening: 31.20},
     increment: {per: contact, step: 6 s, round: up}, band_limit: split}
  - {id: sales, label: Sales, model: act, sum: calls.sale, percent: 2.5 %}
  - {id: agents, label: Agents, model: subscription, price: 9, billed: in_arrears,
     seats: {measured: distinct, of: calls}}
""",
    calendar={"bands": [{"name": "evening", "from": "20:00", "to": "08:00"}, {"name": "day"}]},
    activity={
        "calls": {
            **CALLS,
            "columns": {
                "id": "contact_id", "start": {"column": "started_at", "format": "iso"}, "queue": "queue",
                "customer": "caller", "agent": "agent", "outcome": "outcome", "talk": {"column": "talk_s", "unit": "s"},
                "sale": {"column": "sale_amount", "number": "true"},
            },
            "states": {"answered": {"outcome": ["answered", "transferred"]}},
        }
    },
)  # fmt: skip
HEADER = "id,start,talk,queue"
ROW = "{n},2026-10-{day:02d}T09:00:00Z,{talk},sales"
SMALL = "\n".join([HEADER, *(ROW.format(n=n, day=n, talk=60) for n in range(1, 6))]) + "\n"
TALK = "[{id: talk, label: Talk, model: time, measure: calls.talk, unit: minute, price: 1}]"


def billed(contract: bytes, activity: Any, **more: Any) -> callbill.Invoice:
    agreed = callbill.load_contract(contract)
    with callbill.read_activity(agreed, activity, **more) as read:
        return callbill.bill(agreed, read)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "october.csv"
    path.write_text(SMALL)
    return path


# Contracts.


def test_a_contract_from_a_name_a_path_or_bytes(tmp_path):
    (tmp_path / "c.yaml").write_bytes(contract_text())
    names = [
        api.load_contract(given).source.name
        for given in (str(tmp_path / "c.yaml"), tmp_path / "c.yaml", contract_text())
    ]
    assert names == [str(tmp_path / "c.yaml"), str(tmp_path / "c.yaml"), "contract"]


def test_the_public_names():
    assert sorted(callbill.__all__) == sorted(
        [
            "Invalid",
            "Invoice",
            "Line",
            "Place",
            "Problem",
            "bill",
            "load_contract",
            "read_activity",
            "render",
            "to_frame",
        ]
    )
    assert all(hasattr(callbill, name) for name in callbill.__all__)
    with pytest.raises(AttributeError, match="no attribute `price`"):
        callbill.price  # noqa: B018


# The same activity in every form.


def text_rows() -> list[str]:
    return SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)


def one_file(folder: Path) -> Any:
    return [SAMPLE]


def thirty_files(folder: Path) -> Any:
    header, *found = text_rows()
    for n in range(30):
        (folder / f"{n}.csv").write_text(header + "".join(found[n::30]), encoding="utf-8")
    return [folder / f"{n}.csv" for n in range(30)]


def shuffled(folder: Path) -> Any:
    header, *found = text_rows()
    random.Random(7).shuffle(found)
    (folder / "s.csv").write_text(header + "".join(found), encoding="utf-8")
    return str(folder / "s.csv")


def gzipped(folder: Path) -> Any:
    (folder / "g.csv.gz").write_bytes(gzip.compress(SAMPLE.read_bytes()))
    return [folder / "g.csv.gz"]


def zipped(folder: Path) -> Any:
    with zipfile.ZipFile(folder / "z.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("contacts.csv", SAMPLE.read_bytes())
    return [folder / "z.zip"]


def reordered_columns(folder: Path) -> Any:
    frame = pd.read_csv(SAMPLE, dtype=str, keep_default_na=False)
    frame[sorted(frame.columns)].to_csv(folder / "r.csv", index=False)
    return [folder / "r.csv"]


def parquet_of_texts(folder: Path) -> Any:
    return _parquet(folder, "SELECT *")


def parquet_of_types(folder: Path) -> Any:
    typed = "CAST(started_at AS TIMESTAMPTZ) AS started_at, CAST(talk_s AS SMALLINT) AS talk_s, CAST(sale_amount AS DECIMAL(9, 2)) AS sale_amount"  # noqa: E501
    return _parquet(folder, f"SELECT * EXCLUDE (started_at, talk_s, sale_amount), {typed}")


def _parquet(folder: Path, select: str) -> Any:
    with Engine() as engine:
        file = f"read_csv('{SAMPLE}', header = true, all_varchar = true)"
        engine.run(f"COPY ({select} FROM {file}) TO '{folder / 'p.parquet'}' (FORMAT parquet)")
    return [folder / "p.parquet"]


def frame_of_texts(folder: Path) -> Any:
    return pd.read_csv(SAMPLE, dtype=str, keep_default_na=False)


def frame_of_types(folder: Path) -> Any:
    return {"calls": pd.read_csv(SAMPLE, dtype={"caller": str})}


def frame_of_moments(folder: Path) -> Any:
    frame = pd.read_csv(SAMPLE, dtype={"caller": str, "queue": "category"})
    frame["started_at"] = pd.to_datetime(frame["started_at"], utc=True)
    return [frame]


def two_frames_and_a_file(folder: Path) -> Any:
    frame = pd.read_csv(SAMPLE, dtype=str)
    frame.iloc[4000:].to_csv(folder / "rest.csv", index=False)
    return {"calls": [frame.iloc[:1000], folder / "rest.csv", frame.iloc[1000:4000]]}


@pytest.fixture(scope="module")
def expected() -> str:
    agreed = callbill.load_contract(MONTH)
    with callbill.read_activity(agreed, [SAMPLE], threads=1) as read:
        return callbill.render(replace(callbill.bill(agreed, read, "2026-10"), files=()), "json")


@pytest.mark.parametrize(
    "form",
    [
        one_file, thirty_files, shuffled, gzipped, zipped, reordered_columns, parquet_of_texts, parquet_of_types,
        frame_of_texts, frame_of_types, frame_of_moments, two_frames_and_a_file,
    ],
    ids=lambda form: form.__name__,
)  # fmt: skip
def test_the_form_of_the_activity_changes_no_byte(form, expected, tmp_path):
    """Nor does the number of threads: what is expected was counted by one."""
    agreed = callbill.load_contract(MONTH)
    with callbill.read_activity(agreed, form(tmp_path), threads=4) as read:
        made = callbill.bill(agreed, read, "2026-10")
    assert callbill.render(replace(made, files=()), "json") == expected


def test_the_month_has_what_it_is_made_of(expected):
    made = json.loads(expected)
    assert [line["id"] for line in made["lines"]] == [
        "calls.t1", "calls.t2", "talk.rendezvous-evening", "talk.rendezvous-day", "talk.support-evening",
        "talk.support-day", "talk.vente-evening", "talk.vente-day", "sales", "agents.20261001",
    ]  # fmt: skip
    (funnel,) = made["funnel"]
    assert (funnel["read"], funnel["rejected"], funnel["duplicates"]) == (6100, 0, 3)
    assert funnel["in_period"] + funnel["outside_period"] == 6097


# Several sources.

TWO = contract_text(
    "[{id: a, label: A, model: act, count: calls.all, price: 1},"
    " {id: b, label: B, model: act, count: mails.all, price: 1}]",
    activity={"calls": {**CALLS, "files": "calls-*.csv"}, "mails": {**CALLS, "files": "mails-*.csv"}},
)


def counts(invoice: callbill.Invoice) -> list[Decimal]:
    return [line.quantity for line in invoice.lines]


def test_files_find_their_sources_by_name_by_pattern_or_in_a_mapping(tmp_path):
    for name in ("calls-1.csv", "calls-2.csv", "mails-1.csv", "other.csv"):
        text = SMALL if name != "calls-2.csv" else SMALL.replace("\n1,", "\n6,").replace("\n2,", "\n7,")
        (tmp_path / name).write_text(text)
    listed = [tmp_path / name for name in ("calls-1.csv", "mails-1.csv", "calls-2.csv")]
    assert counts(billed(TWO, listed)) == [7, 5]
    assert counts(billed(TWO, [f"calls={tmp_path / 'other.csv'}", tmp_path / "mails-1.csv"])) == [5, 5]
    assert counts(billed(TWO, {"calls": listed[2], "mails": str(tmp_path / "other.csv")})) == [5, 5]
    assert counts(billed(TWO, {"calls": pd.read_csv(listed[0])})) == [5, 0]
    assert counts(billed(TWO, (listed[0],))) == [5, 0]


def test_an_invoice_names_its_files(tmp_path):
    (tmp_path / "calls-1.csv").write_text(SMALL)
    made = billed(TWO, {"calls": tmp_path / "calls-1.csv", "mails": pd.read_csv(tmp_path / "calls-1.csv")})
    assert made.files == (("calls", str(tmp_path / "calls-1.csv")), ("mails", "DataFrame"))


@pytest.mark.parametrize(
    "given",
    [
        lambda path: {"letters": path},
        lambda path: [path],
        lambda path: pd.read_csv(path),
    ],
    ids=["a source that is not there", "a file of no source", "a frame of which source"],
)
def test_activity_of_no_source_is_refused(given, small):
    with pytest.raises(Invalid) as caught:
        api.read_activity(api.load_contract(TWO), given(small))
    assert spots(caught.value) == ["CB317"]


def test_a_source_is_given_a_file_once(tmp_path):
    one, two = tmp_path / "calls-1.csv", tmp_path / "calls-2.csv"
    one.write_text(SMALL)
    two.symlink_to(one)
    contract = api.load_contract(TWO)
    for given in ([one, one], [one, str(one), two], {"calls": [one, two], "mails": one}):
        with pytest.raises(Invalid) as caught:
            api.read_activity(contract, given)
        assert {problem.code for problem in caught.value.problems} == {"CB407"}
        assert len(caught.value.problems) == len(given) - 1
    assert counts(billed(TWO, {"calls": one, "mails": one})) == [5, 5], "another source may look at the same file"


def test_any_iterable_of_files(small):
    assert counts(billed(contract_text(), small.parent.glob("*.csv"))) == [5]


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(Unreachable) as caught:
        api.read_activity(api.load_contract(contract_text()), tmp_path / "none.csv")
    assert caught.value.problem.code == "CB401"


# DataFrames and Parquet.


def frame(**columns: Any) -> pd.DataFrame:
    usual = {
        "id": ["1", "2"],
        "start": ["2026-10-05T09:00:00Z", "2026-10-05T10:00:00Z"],
        "talk": [60, 90],
        "queue": ["a", None],
    }
    return pd.DataFrame({**usual, **columns})


def minutes(data: pd.DataFrame, **source: Any) -> Decimal:
    (line,) = billed(contract_text(TALK, activity={"calls": {**CALLS, **source}}), data).lines
    return line.quantity


@pytest.mark.parametrize(
    "columns",
    [
        pytest.param({}, id="whole numbers"),
        pytest.param({"talk": [60.0, 90.0]}, id="floats that are whole"),
        pytest.param({"talk": ["60", "90"]}, id="texts"),
        pytest.param({"talk": [Decimal("60.0"), Decimal("90.00")]}, id="decimals"),
        pytest.param({"talk": pd.array([60, 90], dtype="Int64")}, id="whole numbers that may be missing"),
        pytest.param({"id": [1, 2]}, id="ids that are numbers"),
        pytest.param({"queue": pd.Categorical(["a", None])}, id="categories"),
        pytest.param({"queue": [True, False]}, id="truths"),
        pytest.param({"queue": [date(2026, 10, 5), date(2026, 10, 6)]}, id="days as words"),
        pytest.param({"start": pd.to_datetime(["2026-10-05T09:00Z", "2026-10-05T10:00Z"])}, id="moments in UTC"),
        pytest.param(
            {"start": pd.to_datetime(["2026-10-05T09:00+02:00", "2026-10-05T10:00+02:00"]).tz_convert("Asia/Tokyo")},
            id="moments of a zone",
        ),
        pytest.param({"more": [[1], [2]]}, id="a column that is not read"),
    ],
)
def test_columns_of_every_type_that_is_exact(columns):
    assert minutes(frame(**columns)) == Decimal("2.5")


def test_moments_without_a_zone_are_the_sources_wall_clock():
    naive = frame(start=pd.to_datetime(["2026-10-05T09:00:00", "2026-10-31T23:59:59"]))
    assert minutes(naive, zone="Europe/Paris") == Decimal("2.5")
    with pytest.raises(Invalid) as caught:
        minutes(naive)
    assert spots(caught.value) == ["CB323"]


def test_moments_keep_their_microseconds():
    last = pd.to_datetime(["2026-10-31T22:59:59.999999Z", "2026-10-31T23:00:00.000000Z"])
    assert minutes(frame(start=last, talk=[60, 90]).iloc[:1]) == 1
    with pytest.raises(Invalid) as caught:
        minutes(frame(start=last))
    assert spots(caught.value) == ["CB256"]


def test_moments_in_another_form():
    columns = {**CALLS["columns"], "start": {"column": "start", "format": "%Y-%m-%d %H:%M:%S%z"}}
    assert minutes(frame(start=pd.to_datetime(["2026-10-05T09:00Z", "2026-10-05T10:00Z"])), columns=columns) == Decimal(
        "2.5"
    )
    columns["start"] = {"column": "start", "format": "%d/%m/%Y"}
    assert minutes(
        frame(start=[date(2026, 10, 5), date(2026, 10, 6)]), columns=columns, zone="Europe/Paris"
    ) == Decimal("2.5")


@pytest.mark.parametrize(
    ("columns", "source"),
    [
        pytest.param({"id": [1.5, 2.5]}, {}, id="floats as words"),
        pytest.param({"talk": pd.to_timedelta([60, 90], unit="s")}, {}, id="time deltas"),
        pytest.param({"queue": [[1], [2]]}, {}, id="lists"),
        pytest.param({"queue": pd.to_datetime(["2026-10-05", "2026-10-06"])}, {}, id="moments as words"),
        pytest.param({"queue": [b"a", b"b"]}, {}, id="bytes"),
        pytest.param(
            {"start": pd.to_datetime(["2026-10-05T09:00Z", "2026-10-05T10:00Z"])},
            {"columns": {**CALLS["columns"], "start": {"column": "start", "format": "epoch_s"}}},
            id="moments where seconds are declared",
        ),
        pytest.param(
            {"start": pd.to_datetime(["2026-10-05T09:00Z", "2026-10-05T10:00Z"])},
            {"zone": "Europe/Paris"},
            id="moments with two zones",
        ),
    ],
)  # fmt: skip
def test_columns_of_a_type_that_would_lose_or_guess_are_refused(columns, source):
    with pytest.raises(Invalid) as caught:
        minutes(frame(**columns), **source)
    assert spots(caught.value) == ["CB323"]


def test_what_pandas_makes_of_telephone_numbers_is_refused():
    with pytest.raises(Invalid) as caught:
        billed(MONTH, pd.read_csv(SAMPLE))
    (problem,) = caught.value.problems
    assert (problem.code, "`caller`" in problem.message, problem.place.file) == ("CB323", True, "DataFrame")


@pytest.mark.parametrize(
    ("value", "code"), [(float("inf"), "CB304"), (float("nan"), "CB306"), (0.1 + 0.2, "CB304"), (-1.0, "CB311")]
)
def test_floats_that_are_no_duration_are_rejects(value, code):
    with pytest.raises(TooManyRejects) as caught:
        minutes(frame(talk=[60, value]))
    problem = caught.value.problems[0]
    assert (problem.code, problem.place.file, problem.place.line) == (code, "DataFrame", 2)


def test_floats_are_read_with_the_sources_mark():
    assert minutes(frame(talk=[60.5, 89.5]), decimal=",") == Decimal("2.5")
    assert minutes(frame(talk=[Decimal("60.5"), Decimal("89.5")]), decimal=",") == Decimal("2.5")


def test_columns_by_position():
    columns = {"id": "1", "start": {"column": "2", "format": "iso"}, "talk": {"column": "3", "unit": "s"}}
    assert minutes(frame(), header="false", columns=columns) == Decimal("2.5")


def test_a_frame_without_a_column_that_is_needed():
    with pytest.raises(Invalid) as caught:
        minutes(frame().drop(columns="talk"))
    assert spots(caught.value) == ["CB301"]


def test_rows_of_a_frame_that_differ_are_told_by_their_position():
    with pytest.raises(Invalid) as caught:
        minutes(frame(id=["1", "1"]))
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.file, problem.place.line) == ("CB314", "DataFrame", 2)


def test_a_span_below_zero_in_a_frame_is_told_by_its_position():
    columns = {**CALLS["columns"], "end": {"column": "queue", "format": "iso"}, "wait": {"from": "start", "to": "end"}}
    del columns["queue"]
    with pytest.raises(TooManyRejects) as caught:
        minutes(frame(queue=["2026-10-05T09:00:01Z", "2026-10-05T09:59:59Z"]), columns=columns)
    problem = caught.value.problems[0]
    assert (problem.code, problem.place.line) == ("CB311", 2)
    assert "`2026-10-05T09:59:59` comes before `start` `2026-10-05T10:00:00`" in problem.message


def test_a_damaged_parquet_file_is_told(tmp_path):
    (tmp_path / "p.parquet").write_bytes(b"PAR1" + b"junk" * 10 + b"PAR1")
    with pytest.raises(Invalid) as caught:
        billed(contract_text(), tmp_path / "p.parquet")
    assert spots(caught.value) == ["CB321"]


def test_a_cut_parquet_file_is_told(tmp_path):
    (tmp_path / "p.parquet").write_bytes(b"PAR1junk")
    with pytest.raises(Invalid) as caught:
        billed(contract_text(), tmp_path / "p.parquet")
    assert spots(caught.value) == ["CB321"]


def test_an_id_of_a_column_that_is_no_field():
    columns = {name: one for name, one in CALLS["columns"].items() if name != "id"}
    assert (
        minutes(
            frame(id=[7, 7], start=["2026-10-05T09:00:00Z"] * 2, talk=[60, 60], queue=["a", "a"]),
            columns=columns,
            id="id",
        )
        == 1
    )


# Rejects.


@pytest.fixture
def hundred(tmp_path: Path) -> Path:
    """A hundred rows, three of which cannot be understood."""
    path = tmp_path / "hundred.csv"
    found = [ROW.format(n=n, day=n % 28 + 1, talk="x" if n in (10, 20, 30) else 60) for n in range(1, 101)]
    path.write_text("\n".join([HEADER, *found]) + "\n")
    return path


@pytest.mark.parametrize("limit", [3, "3", "100", "3%", "3 %", "3.0%", "100%"])
def test_so_many_rejects_are_accepted(hundred, limit):
    made = billed(contract_text(TALK), hundred, max_rejects=limit)
    assert (made.lines[0].quantity, made.funnel[0].rejected) == (97, 3)


@pytest.mark.parametrize("limit", [0, 2, "2", "2%", "2.99%"])
def test_more_rejects_are_all_raised_with_their_sum_last(hundred, limit):
    with pytest.raises(TooManyRejects) as caught:
        billed(contract_text(TALK), hundred, max_rejects=limit)
    found = caught.value.problems
    assert [problem.code for problem in found] == ["CB304", "CB304", "CB304", "CB318"]
    assert [problem.place.line for problem in found[:3]] == [11, 21, 31]
    assert found[3].message.startswith("3 of 100 rows were rejected, ")
    assert len(caught.value.rejects) == 3


@pytest.mark.parametrize("limit", ["many", "-1", "1.5", "", "%", "1,5%", "٣", "1.x%"])
def test_a_limit_that_is_no_number_of_rows(hundred, limit):
    with pytest.raises(Invalid) as caught:
        billed(contract_text(TALK), hundred, max_rejects=limit)
    assert spots(caught.value) == ["CB405"]


# Periods.


def test_activity_of_one_period_needs_no_name(small):
    assert billed(contract_text(), small).first == date(2026, 10, 1)


def test_a_period_by_its_name_or_itself(small):
    agreed = api.load_contract(contract_text())
    with api.read_activity(agreed, small) as read:
        september = [
            api.bill(agreed, read, given).lines[0].quantity for given in ("2026-09", period_named("month", "2026-09"))
        ]
    assert september == [0, 0]


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        ([], "there is no record to tell the period from"),
        (
            ["2026-09-30T21:59:59Z", "2026-09-30T22:00:00Z"],
            "the activity lies in 2 periods: 2026-09 (1 records), 2026-10 (1 records)",
        ),
    ],
)
def test_activity_of_no_period_or_of_several_is_refused(tmp_path, starts, message):
    path = tmp_path / "x.csv"
    path.write_text("\n".join([HEADER, *(f"{n},{start},60,a" for n, start in enumerate(starts))]) + "\n")
    with pytest.raises(Invalid) as caught:
        billed(contract_text(), path)
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("CB256", message)


# Invoices.


def test_an_invoice_has_a_number_a_date_and_its_due_date(small):
    agreed = api.load_contract(contract_text(payment={"days": "30", "end_of_month": "days_then_month_end"}))
    with api.read_activity(agreed, small) as read:
        usual = api.bill(agreed, read)
        given = api.bill(agreed, read, number="F-7", issued=date(2026, 11, 3))
    assert (usual.number, usual.terms.issued, usual.terms.due) == (
        "T-1-2026-10",
        date(2026, 10, 31),
        date(2026, 11, 30),
    )
    assert (given.number, given.terms.issued, given.terms.due) == ("F-7", date(2026, 11, 3), date(2026, 12, 31))


def refused(text, given):
    with pytest.raises(Invalid) as caught:
        billed(text, given)
    assert {(one.place.file, one.place.line > 0) for one in caught.value.problems} == {("contract", True)}
    return [(one.code, one.message) for one in caught.value.problems]


def test_what_cannot_be_priced_is_told_in_the_contract_and_names_a_record(tmp_path):
    text = contract_text(
        "[{id: a, label: A, model: act, count: calls.all, from: 2026-10-02, proration: none,"
        " prices: {rows: [{when: {queue: vente}, price: 1}]}}]"
    )
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    row = "{},2026-10-{:02}T10:00:00Z,60,{}".format
    rows = [(1, 5, "vente"), (2, 7, "l'été"), (3, 1, "l'été"), (4, 6, "l'été")]
    one.write_text("\n".join([HEADER, *(row(*cells) for cells in rows), ""]))
    two.write_text("\n".join([HEADER, row(5, 9, ""), row(6, 5, "l'été"), ""]))
    assert refused(text, [one, two]) == [
        ("CB319", f"no price for queue `l'été`: 3 records, first at {two}:3"),
        ("CB319", f"no price for an empty queue: 1 record, first at {two}:2"),
    ]
    assert refused(text, pd.read_csv(one)) == [
        ("CB319", "no price for queue `l'été`: 2 records, first at DataFrame: row 4"),
    ]


def test_what_cannot_be_measured_is_told_in_the_contract_and_names_the_record(small):
    text = contract_text(
        "[{id: a, label: A, model: time, measure: calls.talk - calls.talk - calls.talk, unit: hour, price: 1}]"
    )
    message = f"the measure `calls.talk - calls.talk - calls.talk` is below zero, first at {small}:2"
    assert refused(text, small) == [("CB324", message)]


def test_an_invoice_as_text(small):
    made = billed(contract_text(), small)
    assert "10.00" in callbill.render(made)
    assert callbill.render(made, "json").startswith("{")
    assert "\x1b[" in callbill.render(made, "table", width=80, color=True)


def test_an_invoice_as_a_frame(small):
    made = billed(contract_text(), small)
    found = callbill.to_frame(made)
    assert list(found.columns) == ["id", "charge", "kind", "label", "quantity", "unit_price", "amount"]
    assert found.to_dict("records") == [
        {
            "id": "calls", "charge": "calls", "kind": "usage", "label": "Calls", "quantity": Decimal("5.0000"),
            "unit_price": Decimal(2), "amount": Decimal("10.00"),
        }
    ]  # fmt: skip
    assert list(callbill.to_frame(replace(made, lines=())).columns) == list(found.columns)


# Closing.


def test_what_is_read_is_closed_at_the_end_of_a_block_or_by_hand(small, tmp_path):
    (tmp_path / "l.csv").write_bytes(SMALL.encode("utf-16"))
    agreed = api.load_contract(contract_text(activity={"calls": {**CALLS, "encoding": "utf-16"}}))
    with api.read_activity(agreed, tmp_path / "l.csv") as read:
        copied = read.sources["calls"].files[0].export.path
        folder = Path(read.activity.engine._folder)
        assert (copied.exists(), folder.exists()) == (True, True)
    assert (copied.exists(), folder.exists()) == (False, False)
    by_hand = api.read_activity(agreed, tmp_path / "l.csv")
    by_hand.close()
    by_hand.close()
    assert not Path(by_hand.activity.engine._folder).exists()


def test_a_failed_reading_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    (tmp_path / "x.csv").write_bytes("id\n".encode("utf-16"))
    agreed = api.load_contract(contract_text(activity={"calls": {**CALLS, "encoding": "utf-16"}}))
    with pytest.raises(Invalid):
        api.read_activity(agreed, tmp_path / "x.csv")
    assert list((tmp_path / "tmp").iterdir()) == []


# Explanations.


@pytest.fixture
def explained() -> Callable[..., str]:
    def of(contract: bytes, activity: Any, line: str, limit: int | None = 10) -> str:
        agreed = api.load_contract(contract)
        with api.read_activity(agreed, activity) as read:
            counted = api.count(agreed, read)
            made = api.priced(agreed, read, counted)
            chosen = explain.line_of(made, line)
            page = explain.page(counted, made, chosen, explain.records(counted, read, chosen, limit))
            return page.replace("\u00a0", " ")

    return of


EXPLAINED = """
  - {id: talk, label: Talk, model: time, measure: calls.talk, unit: minute, price: 1, by: queue,
     where: {queue: {not: x}}, increment: {per: contact, step: 1 min, round: up}}
"""


def test_a_line_is_explained_down_to_its_records(explained, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text(
        SMALL.replace("60,sales", "55,sales", 1).replace(
            "2,2026-10-02T09:00:00Z,60,sales", "2,2026-10-02T09:00:00Z,60,other"
        )
    )
    parts = explained(contract_text(EXPLAINED), path, "talk.sales", 2).split("\n\n")
    head, settings, made, records = (part.splitlines() for part in parts)
    assert head[:2] == ["talk.sales: Talk", "  sales"]
    assert settings == ["Settings", *(f"  {row}" for row in SETTINGS.strip().splitlines())]
    assert [int(row.split()[0]) for row in made[1:]] == [1, 2, 3, 4, 5, 6, 7, 10, 14, 15]
    assert "4 records measure 235 s; billed 240 s" in made[5]
    assert [row.split() for row in records] == [
        ["Records", "(2)"],
        ["where", "id", "start", "measured", "billed"],
        [f"{path}:2", "1", "2026-10-01", "11:00:00+02:00", "55", "s", "60", "s"],
        [f"{path}:4", "3", "2026-10-03", "11:00:00+02:00", "60", "s", "60", "s"],
    ]


SETTINGS = """
id: talk
label: Talk
model: time
where:
  queue:
    not:
      - x
price: 1
by:
  - queue
measure: calls.talk
unit: minute
increment:
  per: contact
  step: 1 min
  round: up
"""
"""What the contract says of the charge, without what it left out."""


def test_a_line_of_no_records_has_none_to_show(explained, small):
    page = explained(contract_text(EXPLAINED.replace("{not: x}", "none").replace(", by: queue", "")), small, "talk", 2)
    assert "Records (0)" in page
    agreed = api.load_contract(contract_text())
    with api.read_activity(agreed, small) as read:
        counted = api.count(agreed, read)
        made = api.priced(agreed, read, counted)
        assert "Records" not in explain.page(counted, made, made.lines[0], None)


def test_a_line_that_no_record_is_behind(explained, small):
    page = explained(contract_text("[{id: f, label: Fee, model: flat, amount: 10}]"), small, "f")
    assert "Records (0)" in page
    single = contract_text(
        "[{id: f, label: Fee, model: flat, amount: 10}]", one_off=[{"date": "2026-10-05", "label": "Kit", "price": "1"}]
    )
    assert "Settings" not in explained(single, small, "one_off.1")


def test_seats_are_explained_by_the_agents(explained, small):
    columns = {**CALLS["columns"], "agent": "queue"}
    seats = (
        "[{id: s, label: Seats, model: subscription, price: 9, billed: in_arrears,"
        " seats: {measured: distinct, of: calls}}]"
    )
    page = explained(contract_text(seats, activity={"calls": {**CALLS, "columns": columns}}), small, "s.20261001", None)
    assert "5  quantity per record: distinct agents: 1" in page
    assert "Records (5)" in page


def test_a_line_that_is_not_there(explained, small):
    with pytest.raises(Invalid) as caught:
        explained(contract_text(), small, "cals")
    assert (spots(caught.value), "`calls`" in caught.value.problems[0].help) == (["CB406"], True)
