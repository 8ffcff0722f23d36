"""Faults in a seed file that its YAML or its text brings: each is named, and nothing is loaded."""

import re
from pathlib import Path

import pytest

from services.registry.seed.document import SeedError, SeedFile, read_seed
from shared.contracts.registry import DutyAssigned, MembershipChanged
from tests.registry.conftest import SEED, loaded
from tests.support.api import NOW, ServiceUnderTest

FIRST_DAY = "written_on: 2009-07-06"


def edited(folder: Path, old: str, new: str) -> Path:
    """Return the seed with one place of its text changed, as an editor would leave it."""
    text = SEED.read_text(encoding="utf-8")
    assert old in text
    file = folder / "edited.yaml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


def refusal_of(file: Path) -> str:
    with pytest.raises(SeedError) as refusal:
        read_seed(file)
    return str(refusal.value)


@pytest.mark.parametrize("day", ["2009-02-30", "2009-7-6", "2009/07/06", "'2009-13-01'", "yesterday", "1009-07-06"])
def test_a_day_that_is_none_is_named_by_its_path(tmp_path: Path, day: str) -> None:
    said = refusal_of(edited(tmp_path, FIRST_DAY, f"written_on: {day}"))
    assert "nothing was loaded" in said
    assert "\n  documents.0.written_on: " in said


@pytest.mark.parametrize("day", ["2009-07-06", "'2009-07-06'"])
def test_a_day_may_stand_in_quotes_or_not(tmp_path: Path, day: str) -> None:
    assert read_seed(edited(tmp_path, FIRST_DAY, f"written_on: {day}")) == read_seed(SEED)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("\nposts:", "\nunits: []\n\nposts:", "units stands twice"),
        (FIRST_DAY, f"{FIRST_DAY}\n    {FIRST_DAY}", "written_on stands twice"),
    ],
)
def test_a_key_that_stands_twice_is_named_with_its_line(tmp_path: Path, old: str, new: str, said: str) -> None:
    refusal = refusal_of(edited(tmp_path, old, new))
    assert said in refusal
    assert re.search(r"line \d+, column \d+", refusal)


@pytest.mark.parametrize(
    ("sign", "said"),
    [
        (r"\0", "\n  units.0.note: holds the character U+0000"),
        (r"\x07", "\n  units.0.note: holds the character U+0007"),
        (r"\ud800", "invalid Unicode character escape code"),  # by the parser, with line and column
    ],
)
def test_a_sign_that_cannot_be_kept_is_named_with_its_place(tmp_path: Path, sign: str, said: str) -> None:
    file = tmp_path / "signs.yaml"
    file.write_text(
        "units:\n  - {code: 330324-jia, name: 甲局, short_name: 甲, kind: department, valid_from: 2009-07-06, "
        f'note: "甲{sign}"}}\n',
        encoding="utf-8",
    )
    assert said in refusal_of(file)


@pytest.mark.parametrize(
    ("section", "index", "changes", "path"),
    [
        ("duties", 18, {"unit": "330324-none"}, "duties.18"),
        ("posts", 0, {"unit": "330324-none"}, "posts.0"),
        ("bodies", 0, {"office": "330324-none"}, "bodies.0"),
        ("portfolios", 0, {"post": "330324-none"}, "portfolios.0"),
    ],
)
async def test_an_unknown_code_changes_nothing_and_is_named_by_its_path(
    empty_registry: ServiceUnderTest, section: str, index: int, changes: dict[str, str], path: str
) -> None:
    content = read_seed(SEED).model_dump(by_alias=True)
    content[section][index].update(changes)
    with pytest.raises(SeedError, match=rf"^{re.escape(path)}: nothing was loaded: .*330324-none"):
        await loaded(empty_registry, SeedFile.model_validate(content))
    assert await empty_registry.events() == []
    assert await empty_registry.audit() == []
    assert await empty_registry.pool.fetchval("select count(*) from aggregate") == 0


async def test_a_clause_about_an_unknown_sector_or_partner_is_named_by_its_duty(
    empty_registry: ServiceUnderTest,
) -> None:
    for field, code in (("objects", "no-such-sector"), ("partners", "330324-none")):
        content = read_seed(SEED).model_dump(by_alias=True)
        content["duties"][5]["clauses"][0][field] = (code,)
        with pytest.raises(SeedError, match=rf"^duties\.5: nothing was loaded: .*{code}"):
            await loaded(empty_registry, SeedFile.model_validate(content))
    assert await empty_registry.events() == []


async def test_events_tell_when_they_were_loaded_and_from_which_day_facts_hold(registry: ServiceUnderTest) -> None:
    events = await registry.events()
    assert {(event.source, event.time, event.correlationid) for event in events} == {
        ("/xietiao/registry", NOW, "seed-test")
    }
    dated = [event.data for event in events if isinstance(event.data, MembershipChanged | DutyAssigned)]
    assert {(each.valid_from.isoformat(), each.valid_to, each.document) for each in dated} == {
        ("2009-07-06", None, "永政办发〔2009〕106号")
    }


async def test_a_duty_is_told_in_clauses_of_codes(registry: ServiceUnderTest) -> None:
    told = [event.data for event in await registry.events("330324-nxj") if isinstance(event.data, DutyAssigned)]
    assert [(duty.duty, duty.unit, [(clause.kind, clause.objects) for clause in duty.clauses]) for duty in told] == [
        (
            "3.19",
            "330324-nxj",
            [("guide_coordinate", ("tourism", "star-rated-hotels")), ("statistics", ("tourism", "hotels"))],
        )
    ]
