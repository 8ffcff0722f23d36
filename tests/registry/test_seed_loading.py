"""Loading the seed: all or nothing, once or often, with events that others can read."""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from services.registry.seed.document import SeedError, SeedFile, read_seed
from shared.contracts.registry import (
    BodyChanged,
    DocumentRecorded,
    DutyAssigned,
    MembershipChanged,
    PortfolioChanged,
    PostChanged,
    SectorChanged,
    UnitRegistered,
)
from tests.conftest import DatabaseFactory
from tests.registry.conftest import SEED, loaded
from tests.support.api import ServiceUnderTest

TABLES = ("document", "unit", "post", "body", "membership", "sector", "duty", "portfolio", "obligation", "outbox")


def content() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load(SEED.read_text(encoding="utf-8"))
    return read


def seed_of(changed: dict[str, Any], folder: Path) -> SeedFile:
    file = folder / "changed.yaml"
    file.write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
    return read_seed(file)


async def counts(registry: ServiceUnderTest) -> dict[str, int]:
    return {table: await registry.pool.fetchval(f"select count(*) from {table}") for table in TABLES}  # noqa: S608 - our own names


async def test_every_fact_leaves_its_event(registry: ServiceUnderTest) -> None:
    kinds = Counter(type(event.data) for event in await registry.events())
    assert kinds == {
        DocumentRecorded: 1,
        UnitRegistered: 31,
        PostChanged: 25,
        BodyChanged: 3,
        MembershipChanged: 27,
        SectorChanged: await registry.pool.fetchval("select count(*) from sector"),
        DutyAssigned: 30,
        PortfolioChanged: await registry.pool.fetchval("select count(*) from portfolio"),
    }


async def test_versions_are_contiguous_per_aggregate(registry: ServiceUnderTest) -> None:
    versions: dict[str, list[int]] = {}
    for event in await registry.events():
        versions.setdefault(event.subject, []).append(event.aggregateversion)
    assert all(found == list(range(1, len(found) + 1)) for found in versions.values())
    stored = {row["id"]: row["version"] for row in await registry.pool.fetch("select id, version from aggregate")}
    assert stored == {subject: found[-1] for subject, found in versions.items()}


async def test_a_duty_of_a_post_is_told_among_the_events_of_its_unit(registry: ServiceUnderTest) -> None:
    told = [event for event in await registry.events("330324-xzf") if isinstance(event.data, DutyAssigned)]
    assert [(event.data.duty, event.data.unit, event.data.post) for event in told] == [("2.3", None, "330324-fgfxz")]


async def test_events_hold_no_text_of_duties(registry: ServiceUnderTest) -> None:
    duties = [event for event in await registry.events() if isinstance(event.data, DutyAssigned)]
    assert "负责" not in "".join(event.to_bytes().decode() for event in duties)


async def test_loading_again_changes_nothing_and_says_so(registry: ServiceUnderTest) -> None:
    before, audited = await counts(registry), len(await registry.audit())
    outcome = await loaded(registry, read_seed(SEED))
    assert str(outcome).startswith("nothing to do: all ")
    assert await counts(registry) == before
    assert len(await registry.audit()) == audited


async def test_the_first_load_is_audited(registry: ServiceUnderTest) -> None:
    [row] = await registry.audit()
    assert (row["action"], row["role"], row["target"]) == ("load-seed", "operator", "seed.yaml")
    assert "units 31" in row["result"]


async def test_a_longer_file_adds_what_is_new(registry: ServiceUnderTest, tmp_path: Path) -> None:
    longer = content()
    longer["units"].append({**longer["units"][0], "code": "330324-swj", "name": "县商务局", "short_name": "商务局"})
    longer["memberships"].append({**longer["memberships"][4], "holder": {"unit": "330324-swj"}})
    outcome = await loaded(registry, seed_of(longer, tmp_path))
    assert (outcome.entered["units"], outcome.entered["memberships"], sum(outcome.entered.values())) == (1, 1, 2)


async def test_what_a_command_added_stays_when_the_seed_is_loaded_again(
    registry: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    seat = {
        "role": "member",
        "holder": {"unit": "330324-nb"},
        "valid_from": "2026-01-01",
        "document": "永政办发〔2025〕8号",
    }
    assert (await office.post("/v1/bodies/coordination-meeting/members", json=seat)).status_code == 201
    before = await counts(registry)
    await loaded(registry, read_seed(SEED))
    assert await counts(registry) == before


async def test_a_file_that_contradicts_the_registry_is_refused_whole(
    registry: ServiceUnderTest, tmp_path: Path
) -> None:
    before, changed = await counts(registry), content()
    changed["units"].append({**changed["units"][0], "code": "330324-swj", "name": "县商务局", "short_name": "商务局"})
    changed["units"][2]["name"] = "县教委"
    changed["duties"][3]["text"] += "又及。"
    with pytest.raises(SeedError, match=r"units\.2: name is 县教育局 in the registry, 县教委 in the file") as refusal:
        await loaded(registry, seed_of(changed, tmp_path))
    assert "duties.3: text is" in str(refusal.value)
    assert await counts(registry) == before


@pytest.mark.parametrize(
    ("section", "row", "changes", "said"),
    [
        ("posts", 3, {"unit": "330324-none"}, r"posts\.3: nothing was loaded: .*330324-none"),
        ("memberships", 9, {"holder": {"unit": "330324-none"}}, r"memberships\.9: nothing was loaded: .*330324-none"),
        ("sectors", 0, {"within": "nothing"}, r"sectors: nothing was loaded: .*nothing"),
        ("duties", 1, {"holder": {"post": "330324-none"}}, r"duties\.1: nothing was loaded: holder\.post"),
        ("units", 1, {"name": "县发改局"}, r"units\.1: nothing was loaded: .*县发改局"),
        ("duties", 2, {"document": "永政办发〔2009〕7号"}, r"duties\.2: nothing was loaded: .*7号"),
    ],
)
async def test_a_reference_to_nothing_loads_nothing(
    empty_registry: ServiceUnderTest, tmp_path: Path, section: str, row: int, changes: dict[str, Any], said: str
) -> None:
    changed = content()
    changed[section][row] |= changes
    with pytest.raises(SeedError, match=said):
        await loaded(empty_registry, seed_of(changed, tmp_path))
    assert set((await counts(empty_registry)).values()) == {0}


@pytest.mark.parametrize(
    ("section", "row", "changes", "path"),
    [
        ("units", 4, {"kind": "ministry"}, "units.4.kind"),
        ("units", 4, {"nickname": "x"}, "units.4.nickname"),
        ("documents", 0, {"number": "永政办发[2009]0106号"}, "documents.0.number"),
        ("memberships", 0, {"holder": {}}, "memberships.0.holder"),
        ("duties", 0, {"clauses": []}, "duties.0.clauses"),
        ("sectors", 2, {"code": "Catering Trade"}, "sectors.2.code"),
    ],
)
def test_a_fault_in_the_file_is_named_by_its_path(
    tmp_path: Path, section: str, row: int, changes: dict[str, Any], path: str
) -> None:
    changed = content()
    changed[section][row] |= changes
    with pytest.raises(SeedError, match="nothing was loaded") as refusal:
        seed_of(changed, tmp_path)
    assert f"\n  {path}: " in str(refusal.value)


def test_a_file_that_is_no_yaml_or_not_there_is_refused(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("units: [", encoding="utf-8")
    for file in (bad, tmp_path / "absent.yaml"):
        with pytest.raises(SeedError, match="cannot be read"):
            read_seed(file)


def test_days_without_a_document_to_take_them_from_must_be_said(tmp_path: Path) -> None:
    with pytest.raises(SeedError, match="say valid_from"):
        seed_of({"bodies": [{"code": "a-body", "name": "甲"}]}, tmp_path)


async def test_the_command_loads_and_prints_one_line(database: DatabaseFactory, tmp_path: Path) -> None:
    made = await database("registry")
    environment = {
        **os.environ,
        "XIETIAO_DATABASE_URL": made.url,
        "XIETIAO_KAFKA_BOOTSTRAP": "127.0.0.1:9",
        "XIETIAO_JWKS_FILE": str(tmp_path / "jwks.json"),
    }

    def run(file: Path) -> subprocess.CompletedProcess[str]:
        command = (sys.executable, "-m", "services.registry.seed", str(file))
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, cwd=SEED.parents[2]
        )

    first, second, absent = run(SEED), run(SEED), run(tmp_path / "absent.yaml")
    assert (first.returncode, first.stdout.count("\n")) == (0, 1), first.stderr
    assert first.stdout.startswith("yongjia-2009.yaml: entered documents 1, units 31, posts 25, bodies 3,")
    assert second.stdout.startswith("yongjia-2009.yaml: nothing to do: all ")
    assert (absent.returncode, absent.stdout) == (1, "")
    assert "absent.yaml: cannot be read" in absent.stderr
