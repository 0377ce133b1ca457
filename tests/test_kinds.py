"""One new kind is one new file: a model or a KPI dropped into a copy of the package is known everywhere at once."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

from callbill import family, kpis, models, readers, writers
from callbill.models import Charge
from callbill.starter import TOP

PACKAGE = Path(models.__file__).parent.parent
PER_AGENT = '''
"""Bill a price for every agent seen in the period."""

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal

from pydantic import Field

from callbill.invoice import Rule, Slot, say
from callbill.meters import Metered, SeatMeter
from callbill.models import Batch, Group, Scope
from callbill.models._counted import Counted
from callbill.pricing import PerUnit
from callbill.values import Label, Price

EXAMPLE = """\\
charges:
  - {id: heads, label: Agents seen, model: per_agent, source: calls, price: 12.50}
"""


class PerAgent(Counted):
    """A price for each agent."""

    model: Literal["per_agent"] = Field(description="`per_agent`")
    source: Label = Field(description="where the agents are seen")
    price: Price = Field(description="price of an agent")

    def source_of(self) -> str:
        return self.source

    def meters(self, scope: Scope) -> Mapping[str, SeatMeter]:
        return {"main": SeatMeter(source=self.source, record=self.layout(scope.facts).record, kind="distinct")}

    def batches(self, counted: Mapping[str, Metered], scope: Scope) -> list[Batch]:
        agents = counted["main"].seats or Fraction(0)
        return [Batch((Group("", agents, say("agent", "agent"), PerUnit(self.price), slot=Slot()),))]

    def rules(self) -> Iterator[Rule]:
        yield self.rule("source", say("agents seen in {source}", "agents vus dans {source}", source=self.source))
        yield from super().rules()
'''
CALLBACK_RATE = '''
"""The share of contacts that were promised a call back."""

from typing import Literal

from pydantic import Field

from callbill.invoice import say
from callbill.kpis import Kpi, variant

EXAMPLE = """\\
kpis:
  promised: {kpi: callback_rate, counts: {promised: {queue: support}}}
"""


class CallbackRate(Kpi):
    """Promised calls back, out of the contacts."""

    kpi: Literal["callback_rate"] = Field(description="`callback_rate`")

    NAMES = say("Callback rate", "Taux de rappel")
    COUNTS = {"promised": say("promised a call", "rappels promis"), "all": say("contacts", "contacts")}
    VARIANTS = (variant("of_all", "promised / all", "promised, of all", "promis sur contacts"),)
'''
ACTIVITY = """\
contact_id,started_at,queue,agent,caller,outcome,talk_s,wrap_s
1,2026-10-05T09:00:00+02:00,support,A1,+33199000001,answered,60,10
2,2026-10-05T09:05:00+02:00,support,A2,+33199000002,answered,60,10
3,2026-10-05T09:10:00+02:00,support,A1,+33199000003,answered,60,10
"""


@pytest.fixture(scope="module")
def dropped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with one more file in models/."""
    home = tmp_path_factory.mktemp("dropped")
    shutil.copytree(PACKAGE, home / "callbill", ignore=shutil.ignore_patterns("__pycache__"))
    (home / "callbill" / "models" / "per_agent.py").write_text(PER_AGENT.lstrip(), "utf-8")
    (home / "callbill" / "kpis" / "callback_rate.py").write_text(CALLBACK_RATE.lstrip(), "utf-8")
    return home


def _run(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(home), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, "-m", "callbill", *arguments],
        cwd=home, env=environment, capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def test_a_dropped_model_is_described(dropped: Path) -> None:
    assert "per_agent      Bill a price for every agent seen in the period." in _run(dropped, "describe").stdout
    page = _run(dropped, "describe", "per_agent").stdout
    assert "where the agents are seen (required)" in page
    assert "model: per_agent" in page


def test_a_dropped_model_is_in_the_schema(dropped: Path) -> None:
    schema = json.loads(_run(dropped, "schema", "contract").stdout)
    assert "per_agent" in schema["properties"]["charges"]["items"]["properties"]["model"]["enum"]
    assert schema["$defs"]["model_per_agent"]["properties"]["source"]["description"] == "where the agents are seen"


def test_a_dropped_model_is_suggested_and_bills(dropped: Path) -> None:
    contract = _run(dropped, "init", "per_agent").stdout
    (dropped / "contract.yaml").write_text(contract, "utf-8")
    (dropped / "october.csv").write_text(ACTIVITY, "utf-8")
    (dropped / "typo.yaml").write_text(contract.replace("model: per_agent", "model: per_agents"), "utf-8")
    assert "did you mean `per_agent`?" in _run(dropped, "check", "typo.yaml").stderr
    made = json.loads(_run(dropped, "invoice", "contract.yaml", "october.csv", "-f", "json").stdout)
    assert [(line["quantity"], line["unit"], line["amount"]) for line in made["lines"]] == [("2", "agent", "25.00")]
    assert made["rules"][-2]["text"] == "agents seen in calls"


def test_a_dropped_kpi_is_described_measured_and_billed(dropped: Path) -> None:
    assert "promised / all" in _run(dropped, "describe", "callback_rate").stdout
    contract = _run(dropped, "init", "act").stdout
    clause = "{id: promise, label: Calls back, kpi: promised, scale: [{below: 50, amount: 0}, {amount: -7.5}]}"
    kpi = "promised: {kpi: callback_rate, source: calls, counts: {promised: {queue: support}}}"
    contract += f"kpis:\n  {kpi}\nbonus_malus:\n  - {clause}\n"
    (dropped / "kpi.yaml").write_text(contract, "utf-8")
    (dropped / "november.csv").write_text(ACTIVITY, "utf-8")
    made = json.loads(_run(dropped, "invoice", "kpi.yaml", "november.csv", "-f", "json").stdout)
    assert [(one["kind"], one["amount"]) for one in made["lines"]][-1] == ("malus", "-7.50")
    shown = json.loads(_run(dropped, "kpis", "kpi.yaml", "november.csv", "-f", "json").stdout)["kpis"]
    assert ("callback_rate", "3", "3") in [(one["kind"], one["numerator"], one["denominator"]) for one in shown]
    (dropped / "typo-kpi.yaml").write_text(contract.replace("callback_rate", "call_back_rate"), "utf-8")
    assert "did you mean `callback_rate`?" in _run(dropped, "check", "typo-kpi.yaml").stderr
    schema = json.loads(_run(dropped, "schema", "contract").stdout)
    assert schema["$defs"]["kpi_callback_rate"]["properties"]["kpi"]["description"] == "`callback_rate`"


@pytest.mark.parametrize("home", [kpis, models, readers, writers])
def test_a_kinds_file_says_what_it_is(home: object) -> None:
    package = home.PACKAGE  # type: ignore[attr-defined]
    for name in family.names(package):
        assert family.manual(package, name).splitlines()[0].endswith((".", "declares everything about it."))


def test_the_file_name_is_the_word_in_the_contract() -> None:
    families = {"model": models, "kpi": kpis, "reader": readers}
    for word, home in families.items():
        for name in home.names():
            assert get_args(home.named(name).model_fields[word].annotation) == (name,)


def test_a_family_refuses_what_it_does_not_have() -> None:
    with pytest.raises(LookupError, match="no kind `time2`"):
        family.kind(models.PACKAGE, "time2", Charge)
    with pytest.raises(LookupError, match="exactly one"):
        family.kind("callbill", "money", Charge)


def test_the_starter_has_no_charge_of_its_own() -> None:
    assert "charges" not in TOP
