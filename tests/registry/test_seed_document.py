"""The county's seed held against the document it comes from, and against a matrix written by hand."""

import re
from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
NUMBER = "永政办发〔2009〕106号"
ITEM = re.compile(r"^(\d+)\. ([^：\n]+)：(.+)$", re.MULTILINE)
BETWEEN_CLAUSES = re.compile(r"(?:[，、。]|以及|和)*")
DUTY_VERBS = re.compile(
    "负责|推荐|收集|开展|建立|会同|推进|承担|牵头|做好|组织|实施|监督管理|制订|修改|指导协调|综合协调|监测|认定"
)
ABRIDGED = {"规划政策项目": "规划、政策和项目", "人才教育培训": "人才教育和培训"}
KINDS = {
    "comprehensive_coordination",
    "planning",
    "guide_coordinate",
    "organise",
    "lead_implementation",
    "supervise",
    "policy",
    "statistics",
    "monitor_analyse",
    "recognise",
    "recommend",
    "promote",
    "catalogue",
    "office",
    "assess",
}
SECTIONS = ["documents", "units", "posts", "bodies", "memberships", "sectors", "duties", "portfolios", "obligations"]

Row = dict[str, Any]


@cache
def document() -> str:
    return (ROOT / "deploy/seed/source/yongzhengbanfa-2009-106.md").read_text(encoding="utf-8")


@cache
def running_text() -> str:
    """Give the document without its line and page breaks, blanks and Markdown marks."""
    return re.sub(r"[\s*#]", "", document())


@cache
def seed() -> dict[str, list[Row]]:
    loaded: dict[str, list[Row]] = yaml.safe_load((ROOT / "deploy/seed/yongjia-2009.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def golden() -> Row:
    loaded: Row = yaml.safe_load((Path(__file__).parent / "golden_matrix.yaml").read_text(encoding="utf-8"))
    return loaded


@cache
def article_three() -> dict[int, tuple[str, str]]:
    part = document().split("三、部门职责分工")[1].split("四、统计考评")[0]
    return {int(number): (unit, text) for number, unit, text in ITEM.findall(part)}


def part_of_article_two(number: int) -> str:
    part = running_text().split("二、工作机制框架")[1].split("三、部门职责分工")[0]
    return part.split(f"{number}.")[1].split(f"{number + 1}.")[0]


def paragraph_of_article_four(number: int) -> str:
    part = document().split("四、统计考评**")[1].split("**主题词")[0]
    joined = part.strip().replace("统计工作\n\n机制", "统计工作机制")
    return joined.split("\n\n")[number - 1]


def names(section: str) -> dict[str, str]:
    return {row["code"]: row.get("name") or row["title"] for row in seed()[section]}


def duties_of_article(article: str) -> list[Row]:
    return [duty for duty in seed()["duties"] if duty["article"] == article]


def holder_name(duty: Row) -> str:
    return names("units")[duty["unit"]] if "unit" in duty else names("posts")[duty["holder"]["post"]]


def matrix_row(duty: Row) -> list[list[Any]]:
    sectors, units = names("sectors"), names("units")
    return [
        [clause["kind"], [sectors[code] for code in clause["objects"]], [units[code] for code in clause["partners"]]]
        for clause in duty["clauses"]
    ]


def spans(duty: Row) -> list[tuple[int, int]]:
    """Where each clause stands in the duty's text, in order and without overlap."""
    found, end = [], 0
    for clause in duty["clauses"]:
        start = duty["text"].find(clause["text"], end)
        assert start >= 0, f"{duty['code']}: clause is missing or out of order: {clause['text']}"
        end = start + len(clause["text"])
        found.append((start, end))
    return found


def members() -> list[str]:
    units = names("units")
    return [units[row["holder"]["unit"]] for row in seed()["memberships"] if row["role"] == "member"]


def sectors_by_kind(clause_kind: str) -> dict[str, list[str]]:
    """Which units have a clause of this kind for each sector (themes left out)."""
    sectors = {row["code"]: row["name"] for row in seed()["sectors"] if row["kind"] == "sector"}
    found: dict[str, list[str]] = {}
    for duty in seed()["duties"]:
        for code in (code for clause in duty["clauses"] if clause["kind"] == clause_kind for code in clause["objects"]):
            if code in sectors:
                found.setdefault(sectors[code], []).append(holder_name(duty))
    return found


def parts() -> dict[str, list[str]]:
    """Give the names of the sectors that stand within each sector."""
    sectors, found = names("sectors"), dict[str, list[str]]()
    for row in seed()["sectors"]:
        if "within" in row:
            found.setdefault(sectors[row["within"]], []).append(row["name"])
    return found


every_duty = pytest.mark.parametrize("duty", seed()["duties"], ids=lambda duty: duty["code"])


def test_seed_has_exactly_the_agreed_sections() -> None:
    assert list(seed()) == SECTIONS


@pytest.mark.parametrize("section", ["units", "posts", "bodies", "sectors", "duties"])
def test_codes_are_unique(section: str) -> None:
    assert [code for code, times in Counter(row["code"] for row in seed()[section]).items() if times > 1] == []


def test_no_two_units_share_a_name_or_alias() -> None:
    spoken = [name for unit in seed()["units"] for name in {unit["name"], unit["short_name"], *unit["aliases"]}]
    assert [name for name, times in Counter(spoken).items() if times > 1] == []


def test_every_referenced_code_exists() -> None:
    units, posts, bodies, sectors = (set(names(section)) for section in ("units", "posts", "bodies", "sectors"))
    clauses = [clause for duty in seed()["duties"] for clause in duty["clauses"]]
    holders = [row["holder"] for row in seed()["memberships"]] + [
        d["holder"] for d in seed()["duties"] if "unit" not in d
    ]
    assert {post["unit"] for post in seed()["posts"]} <= units
    assert {body["office"] for body in seed()["bodies"]} - {None} <= units
    assert {duty["unit"] for duty in seed()["duties"] if "unit" in duty} <= units
    assert {code for clause in clauses for code in clause["partners"]} <= units
    assert {code for clause in clauses for code in clause["objects"]} <= sectors
    assert {row["within"] for row in seed()["sectors"] if "within" in row} <= sectors
    assert {row["body"] for row in seed()["memberships"] + seed()["obligations"]} <= bodies
    assert {holder["unit"] for holder in holders if "unit" in holder} <= units
    assert {holder["post"] for holder in holders if "post" in holder} <= posts
    assert {row["post"] for row in seed()["portfolios"]} <= posts
    assert {code for row in seed()["portfolios"] for code in row["sectors"]} <= sectors
    assert {row["document"] for row in seed()["memberships"] + seed()["duties"]} == {NUMBER}


def test_document_is_recorded_as_printed() -> None:
    [row] = seed()["documents"]
    assert row["number"] == NUMBER
    assert f"\n{NUMBER}\n" in document()
    assert f"{row['title']}各乡镇" in running_text()
    assert f"\n{row['issuer']}\n" in document()
    assert "，".join(row["addressees"]) == "各乡镇人民政府，县政府直属各单位"
    assert "，".join(row["addressees"]) + "：" in document()
    [copies] = re.findall("抄送：(.+)。", document())
    assert row["copies"] == re.split("[，、]", copies.replace("各民主党派、人民团体", "各民主党派，人民团体"))
    [subject_words] = re.findall(r"\*\*主题词：(.+)\*\*", document())
    assert row["subject_words"] == subject_words.split()


def test_document_dates_are_written_and_printed_days_apart() -> None:
    [row] = seed()["documents"]
    assert "二〇〇九年七月六日" in document()
    assert "2009 年 7 月 8 日印发" in document()
    assert (row["written_on"], row["printed_on"]) == (date(2009, 7, 6), date(2009, 7, 8))


def test_everything_is_valid_from_the_day_the_document_was_written() -> None:
    dated = [row for section in ("units", "posts", "memberships", "duties") for row in seed()[section]]
    assert {row["valid_from"] for row in dated} == {date(2009, 7, 6)}


def test_members_are_the_22_named_units_in_their_order() -> None:
    [named] = re.findall("县发改局局长为协助召集人，(.+?)等单位负责人为成员", running_text())
    assert members() == named.split("、")
    assert len(members()) == 22


def test_conveners_and_office_are_those_of_the_document() -> None:
    held = [(row["role"], row["holder"]) for row in seed()["memberships"] if row["role"] != "member"]
    posts, units = names("posts"), names("units")
    assert [(role, posts.get(who.get("post")) or units[who["unit"]]) for role, who in held] == [
        ("convener", "县长"),
        ("deputy_convener", "分管副县长"),
        ("assistant_convener", "县府办联系副主任"),
        ("assistant_convener", "县发改局局长"),
        ("office", "县发改局"),
    ]
    for said in (
        "由县长为召集人，分管副县长为副召集人，县府办联系副主任和县发改局局长为协助召集人",
        "办公室设在县发改局",
    ):
        assert said in running_text()


def test_every_member_unit_has_one_head() -> None:
    codes = [row["holder"]["unit"] for row in seed()["memberships"] if row["role"] == "member"]
    heads = [(post["code"], post["unit"]) for post in seed()["posts"] if post["code"].endswith("-head")]
    assert heads == [(f"{code}-head", code) for code in codes]


def test_duties_are_the_25_items_word_for_word() -> None:
    duties = duties_of_article("三")
    assert len(article_three()) == 25
    assert {duty["number"]: (holder_name(duty), duty["text"]) for duty in duties} == article_three()
    assert [(d["code"], d["source"]) for d in duties] == [(f"3.{n}", f"三.{n}") for n in range(1, 26)]


def test_duties_of_article_two_stand_in_their_part() -> None:
    for duty in duties_of_article("二"):
        assert duty["text"] in part_of_article_two(duty["number"])
        assert duty["source"] == f"二.{duty['number']}"


def test_duties_of_article_four_stand_in_their_paragraph() -> None:
    assert "工作机制" in paragraph_of_article_four(1)
    for duty in duties_of_article("四"):
        assert duty["text"] in paragraph_of_article_four(duty["number"])
        assert duty["source"] == f"四.{duty['number']}"


@every_duty
def test_clauses_leave_out_nothing_but_conjunctions(duty: Row) -> None:
    rest, end = [], 0
    for start, stop in spans(duty):
        rest.append(duty["text"][end:start])
        end = stop
    rest.append(duty["text"][end:])
    assert [piece for piece in rest if not BETWEEN_CLAUSES.fullmatch(piece)] == []


@every_duty
def test_every_duty_verb_stands_in_a_clause(duty: Row) -> None:
    covered = spans(duty)
    verbs = [match.span() for match in DUTY_VERBS.finditer(duty["text"])]
    assert [span for span in verbs if not any(a <= span[0] and span[1] <= b for a, b in covered)] == []


@every_duty
def test_clauses_name_only_what_the_text_has_said_by_then(duty: Row) -> None:
    units = names("units")
    for clause, (_, end) in zip(duty["clauses"], spans(duty), strict=True):
        said = duty["text"][:end]
        objects = [names("sectors")[code] for code in clause["objects"]]
        assert [name for name in objects if ABRIDGED.get(name, name) not in said] == []
        assert [code for code in clause["partners"] if units[code] not in said] == []
        assert clause["kind"] in KINDS


def test_matrix_written_by_hand_equals_the_seed() -> None:
    written = {row["number"]: (row["unit"], row["clauses"]) for row in golden()["items"]}
    assert len(golden()["items"]) == 25
    assert {duty["number"]: (holder_name(duty), matrix_row(duty)) for duty in duties_of_article("三")} == written


def test_matrix_written_by_hand_equals_the_duties_outside_article_three() -> None:
    written = {row["code"]: (row["holder"], row["clauses"]) for row in golden()["others"]}
    others = [duty for duty in seed()["duties"] if duty["article"] != "三"]
    assert {duty["code"]: (holder_name(duty), matrix_row(duty)) for duty in others} == written


def test_sector_names_are_words_of_the_document() -> None:
    assert [n for n in names("sectors").values() if ABRIDGED.get(n, n) not in running_text()] == []
    assert len(set(names("sectors").values())) == len(seed()["sectors"])


def test_every_sector_but_the_six_key_industries_has_a_clause() -> None:
    used = {code for duty in seed()["duties"] for clause in duty["clauses"] for code in clause["objects"]}
    assert set(names("sectors")) - used == {"six-key-service-industries"}


def test_unit_names_are_words_of_the_document() -> None:
    for unit in seed()["units"]:
        assert unit["name"] in running_text()
        assert unit["short_name"] in {
            unit["name"],
            unit["name"].removeprefix("县"),
            unit["name"].removeprefix("永嘉县"),
        }


def test_meetings_hear_and_decide_what_the_document_says() -> None:
    for row in seed()["obligations"]:
        part = part_of_article_two(int(row["source"].removeprefix("二.")))
        assert part.startswith(names("bodies")[row["body"]])
        assert [said for said in row["hears"] + row["decides"] if said not in part] == []


def test_meetings_are_due_as_often_as_the_document_says() -> None:
    assert [(row["body"], row["kind"], row["times_per_year"], row["windows"]) for row in seed()["obligations"]] == [
        ("executive-meeting", "special_session", 1, ["start_of_year"]),
        ("executive-meeting", "half_year_briefing", 2, ["first_half", "second_half"]),
        ("coordination-meeting", "start_of_year_meeting", 1, ["start_of_year"]),
        ("coordination-meeting", "mid_year_meeting", 1, ["middle_of_year"]),
        ("coordination-meeting", "end_of_year_meeting", 1, ["end_of_year"]),
        ("coordination-meeting", "deliberation", None, []),
        ("coordination-meeting", "special_meeting", None, []),
    ]


def test_portfolio_of_the_deputy_is_quoted() -> None:
    assert [row["scope"] in part_of_article_two(3) for row in seed()["portfolios"]] == [True]


def test_notes_on_bodies_quote_the_document_where_it_speaks() -> None:
    notes = {body["code"]: body["note"] for body in seed()["bodies"]}
    assert notes["coordination-meeting"] in part_of_article_two(2)
    assert part_of_article_two(5).endswith(notes["service-federation"])


def test_classification_references_name_the_edition_of_2009() -> None:
    references = [row["gbt4754"] for row in seed()["sectors"] if row["gbt4754"] is not None]
    assert {reference["edition"] for reference in references} == {"GB/T 4754-2002"}
    assert all(re.fullmatch(r"[A-T]|\d{2,4}", reference["class"]) for reference in references)


def test_coverage_of_units_is_as_expected() -> None:
    holders = [holder_name(duty) for duty in duties_of_article("三")]
    assert [unit for unit in holders if unit not in members()] == golden()["coverage"]["duty_holders_not_members"]
    assert [unit for unit in members() if unit not in holders] == golden()["coverage"]["members_without_duty"]


def test_coverage_of_sectors_is_as_expected() -> None:
    guided, counted, expected = sectors_by_kind("guide_coordinate"), sectors_by_kind("statistics"), golden()["coverage"]
    unguided = [name for name in counted if name not in guided]
    assert sorted(unguided) == sorted(expected["counted_not_guided"])
    assert sorted(name for name in guided if name not in counted) == sorted(expected["guided_not_counted"])
    partly = [name for name in unguided if any(part in guided for part in parts().get(name, []))]
    assert partly == expected["counted_not_guided_but_a_part_is"]


def test_coverage_of_sectors_guided_by_several_is_as_expected() -> None:
    guided, expected = sectors_by_kind("guide_coordinate"), golden()["coverage"]
    assert {name: units for name, units in guided.items() if len(units) > 1} == expected["guided_by_several"]
    with_parts = {
        name: guided[name] + [unit for part in parts().get(name, []) for unit in guided.get(part, [])]
        for name in guided
    }
    assert {name: units for name, units in with_parts.items() if len(set(units)) > 1} == expected[
        "guided_by_several_with_parts"
    ]
