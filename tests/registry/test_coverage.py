"""The rules of the coverage report on small divisions of work, no document at hand."""

from datetime import date

from services.registry.coverage import Coverage, find_coverage
from services.registry.domain import Clause, Duty, DutyKind, Holder, Membership, Named, Sector

DAY = date(2009, 7, 6)


def sector(code: str, within: str | None = None) -> Sector:
    return Sector(code=code, name=f"{code}业", kind="sector", within=within, valid_from=DAY)


def duty(number: int, unit: str, *clauses: tuple[DutyKind, str]) -> Duty:
    return Duty(
        code=f"3.{number}",
        article="三",
        number=number,
        holder=Holder(unit=unit, name=f"{unit}局"),
        text="",
        source=f"三.{number}",
        document="永政办发〔2009〕106号",
        clauses=tuple(Clause(kind=kind, text="", objects=(Named(code),)) for kind, code in clauses),
        valid_from=DAY,
    )


def member(unit: str) -> Membership:
    return Membership(
        body="b", role="member", holder=Holder(unit=unit, name=f"{unit}局"), source="二.2", valid_from=DAY
    )


def codes(found: Coverage) -> dict[str, list[str]]:
    names = [name for name in Coverage.__slots__ if name != "note"]
    return {name: [finding.code for finding in getattr(found, name)] for name in names if getattr(found, name)}


def test_a_complete_division_has_no_finding() -> None:
    found = find_coverage(
        [duty(1, "甲", ("guide_coordinate", "a"), ("statistics", "a"))], [member("甲")], [sector("a")]
    )
    assert codes(found) == {}
    assert found.note is None


def test_nothing_at_all_has_no_finding() -> None:
    assert codes(find_coverage([], [], [])) == {}


def test_members_and_duty_holders_are_compared_both_ways() -> None:
    found = find_coverage(
        [duty(1, "甲", ("guide_coordinate", "a"), ("statistics", "a"))], [member("乙")], [sector("a")]
    )
    assert codes(found) == {"duty_holders_not_members": ["甲"], "members_without_duty": ["乙"]}
    assert "三.1" in found.duty_holders_not_members[0].remark
    assert "二.2" in found.members_without_duty[0].remark
    assert found.note is not None
    assert "等单位" in found.note
    assert "甲局" in found.note


def test_counted_but_not_guided_is_also_without_a_guide() -> None:
    found = find_coverage([duty(1, "甲", ("statistics", "a"))], [member("甲")], [sector("a")])
    assert codes(found) == {"sectors_counted_not_guided": ["a"], "sectors_without_guide": ["a"]}
    assert found.sectors_counted_not_guided[0].remark == "a业由甲局（三.1）统计，没有单位指导协调"


def test_a_guided_part_is_told_of_but_does_not_guide_the_whole() -> None:
    duties = [duty(1, "甲", ("statistics", "a"), ("guide_coordinate", "part"))]
    found = find_coverage(duties, [member("甲")], [sector("a"), sector("part", within="a")])
    assert [finding.code for finding in found.sectors_counted_not_guided] == ["a"]
    assert "只有其中的part业由甲局（三.1）指导协调" in found.sectors_counted_not_guided[0].remark
    assert [finding.code for finding in found.sectors_guided_not_counted] == ["part"]
    assert "它所属的a业由甲局（三.1）统计" in found.sectors_guided_not_counted[0].remark


def test_two_guides_of_one_sector_are_named() -> None:
    duties = [duty(n, unit, ("guide_coordinate", "a"), ("statistics", "a")) for n, unit in enumerate("甲乙", start=1)]
    found = find_coverage(duties, [member("甲"), member("乙")], [sector("a")])
    assert found.sectors_guided_by_several[0].remark == "a业由甲局（三.1）、乙局（三.2）指导协调，不止一个单位"


def test_one_guide_in_two_items_is_one_guide() -> None:
    duties = [duty(n, "甲", ("guide_coordinate", "a"), ("statistics", "a")) for n in (1, 2)]
    assert codes(find_coverage(duties, [member("甲")], [sector("a")])) == {}


def test_themes_are_left_out() -> None:
    theme = Sector(code="a", name="人才", kind="theme", valid_from=DAY)
    assert codes(find_coverage([duty(1, "甲", ("statistics", "a"))], [member("甲")], [theme])) == {}
