"""`xietiao method`: explains, finds what is wrong, tries on facts; offline, with exit codes and paths."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from deploy.local.cli import app
from services.scoring.facts import events_of, read_facts
from services.scoring.method import method_schema
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.contracts.registry import MembershipChanged, UnitRegistered

SHIPPED = Path("deploy/seed/methods")
RUNNER = CliRunner()

METHOD: dict[str, Any] = {
    "method": "m", "version": 1, "title": "试办法", "group": "townships",
    "subjects": {"units": ["jia", "yi"]},
    "assessed": {"from": "2026-01-01", "to": "2026-12-31"},
    "total": 30,
    "criteria": [
        {"code": "a", "title": "甲项", "kind": "min_max", "max": 10, "measure": "x"},
        {"code": "b", "title": "乙项", "kind": "three_way", "max": 20, "definitions": ["q"],
         "points": {"on_time": 0, "chased": -2, "missing": -5}},
    ],
    "grades": [{"title": "好", "band": "[20, )"}, {"title": "差", "band": "(, 20)"}],
}  # fmt: skip
FACTS: dict[str, Any] = {
    "units": ["jia", "yi"],
    "observations": [{"indicator": "x", "period": "2026", "values": {"jia": 3, "yi": 7}}],
    "events": [{"event": "tasks.report-submitted", "of": "r", "on": "2026-04-01", "unit": "jia", "definition": "q",
                "period": "2026-Q1"}],
}  # fmt: skip


@pytest.fixture
def files(tmp_path: Path) -> Any:  # noqa: ANN401 - a function
    def write(**contents: object) -> list[str]:
        paths = []
        for name, content in contents.items():
            path = tmp_path / f"{name}.yaml"
            path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
            paths.append(str(path))
        return paths

    return write


def run(*arguments: str) -> Any:  # noqa: ANN401 - typer's result
    return RUNNER.invoke(app, ["method", *arguments])


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_methods_are_explained_without_a_finding(path: Path) -> None:
    result = run("check", str(path))
    assert result.exit_code == 0, result.output
    assert "没有发现问题" in result.output


def findings_of(files: Any, facts: object = None, **changed: object) -> list[tuple[str, str, str]]:  # noqa: ANN401 - the fixture
    paths = files(method=METHOD | changed, **({} if facts is None else {"facts": facts}))
    result = run("check", paths[0], "--json", *(["--facts", paths[1]] if facts is not None else []))
    found = [tuple(finding.values()) for finding in json.loads(result.stdout)["findings"]]
    assert result.exit_code == (1 if any(level != "提示" for level, *_ in found) else 0)
    return found


def grades(*bands: str) -> list[dict[str, str]]:
    return [{"title": f"等次{index}", "band": band} for index, band in enumerate(bands)]


SENT_BACK: dict[str, Any] = {
    "code": "s", "title": "驳回", "kind": "incidents", "max": 30,
    "incidents": [{"event": "tasks.assignment-sent-back", "points": -1, "text": "驳回"}],
}  # fmt: skip
BY_DAYS: dict[str, Any] = {
    "code": "l", "title": "时效", "kind": "lateness", "max": 30,
    "table": [{"days": 1, "points": -3}, {"days": 5, "points": -1}],
}  # fmt: skip
BASED: dict[str, Any] = {"code": "n", "title": "增减", "kind": "base_steps", "max": 30, "measure": "x", "base": 10,
                         "reference": 5, "step": 1, "points": 1}  # fmt: skip
BY_UNIT: dict[str, Any] = {"code": "u", "title": "投资", "kind": "target_ratio", "max": 30, "measure": "x",
                           "target": {"by_unit": {"jia": 1, "bing": 2}}, "joint": [["jia", "ding"]]}  # fmt: skip
CLASSES = [{"code": "A", "title": "一类", "units": ["jia"]}, {"code": "B", "title": "二类", "units": ["yi"]}]
BY_CLASS = [BASED | {"by_class": {"B": {"max": 15}}}]
INTERPOLATED: dict[str, Any] = {"code": "i", "title": "名次", "kind": "rank_interpolated", "max": 30, "measure": "x",
                                "first": 20, "last": 30}  # fmt: skip
STEPS: dict[str, Any] = {"code": "g", "title": "提高", "kind": "improvement_steps", "max": 30, "measure": "x",
                         "step": 1, "points": 1}  # fmt: skip
MIXED = {"code": "w", "title": "综合", "kind": "composite", "max": 30, "measure": "x", "components": [
    {"of": "level", "weight": 1, "rule": {"kind": "target_ratio", "target": 1, "floor": 200}}]}  # fmt: skip
VETO = {"code": "no", "title": "否决", "kind": "veto"}
MONTHLY = {"code": "p", "title": "加分", "kind": "bonus", "caps": {"month": 9, "year": 5}}


@pytest.mark.parametrize(
    ("changed", "level", "path", "text"),
    [
        ({"total": 31}, "错误", "total", "各项分值合计 30，不是写明的总分 31"),
        ({"grades": grades("[20, 30]", "(, 20]")}, "错误", "grades", "重叠"),
        ({"grades": grades("[31, )", "(, 31)")}, "问题", "grades.0.band", "无法达到"),
        ({"grades": grades("[20, )", "(, 19)")}, "问题", "grades", "[19, 20)"),
        ({"grades": grades("[20, )")}, "问题", "grades", "低于 20"),
        ({"grades": [{"title": "好", "band": "[20, )", "quota": {"share": "30%"}}, {"title": "差", "band": "(, 20)"}]},
         "问题", "grades.0.quota", "名额为 0"),
        ({"indicators": [{"code": "y", "title": "丙"}]}, "问题", "indicators", "x 没有声明"),
        ({"criteria": [SENT_BACK | {"base": 0}]}, "问题", "criteria.0", "最多得 0，达不到满分 30"),
        ({"criteria": [SENT_BACK | {"base": 0}]}, "问题", "grades.0.band", "总分最高 0"),
        ({"criteria": [BY_DAYS]}, "问题", "criteria.0.table", "逾期更久（5天）反而得分更高"),
        ({"criteria": [BASED | {"clamp": {"to": 30}}], "grades": grades("[0, )")}, "问题", "grades", "低于 0"),
        ({"criteria": [BASED | {"clamp": {"from": 0}}], "grades": grades("[20, 30]", "(, 20)")},
         "问题", "grades", "高于 30"),
        ({"criteria": BY_CLASS, "subjects": {"units": ["jia", "yi"], "classes": CLASSES}, "total": {"A": 30, "B": 15}},
         "问题", "grades.0.band", "二类“好”[20, ) 无法达到：总分最高 15"),
        ({"criteria": [BY_UNIT]}, "问题", "criteria.0", "没有给 yi 核定数值"),
        ({"criteria": [BY_UNIT]}, "问题", "criteria.0", "不在考核对象内的单位：bing"),
        ({"criteria": [BY_UNIT]}, "问题", "criteria.0", "不在考核对象内的单位：ding"),
        ({"late_data": {"until": "2026-11-30"}}, "问题", "late_data.until", "早于考核期末 2026-12-31"),
        ({"roll_up": {"to": "综合考核", "weight": 5}}, "问题", "roll_up.weight", "大于 1"),
        ({"rectification": {"below": 31}}, "问题", "rectification.below", "所有单位都要整改"),
        ({"rectification": {"below": 0}}, "问题", "rectification.below", "没有单位会被要求整改"),
        ({"grades": grades("[20, 30)", "(, 20)")}, "问题", "grades", "不低于 30 时没有等次"),
        ({"grades": grades("[20, )", "(0, 20)")}, "问题", "grades", "不高于 0 时没有等次"),
        ({"criteria": [SENT_BACK | {"floor": 40}]}, "问题", "criteria.0.floor", "最低分 40 高于满分 30"),
        ({"criteria": [SENT_BACK | {"floor": 9, "cap": 5}]}, "问题", "criteria.0.floor", "最低分 9 高于上限 5"),
        ({"criteria": [INTERPOLATED]}, "问题", "criteria.0.last", "末名分 30 高于第1名分"),
        ({"criteria": [INTERPOLATED | {"first": 31}]}, "问题", "criteria.0.first", "第1名分 31 高于满分 30"),
        ({"criteria": [STEPS | {"cap": 0}]}, "问题", "criteria.0", "最多得 0，达不到满分 30"),
        ({"criteria": [MIXED]}, "问题", "criteria.0.components.0.rule.floor", "最低分 200 高于满分 100"),
        ({"criteria": [BY_DAYS | {"table": [{"days": 1, "points": 2}]}]}, "问题", "criteria.0.table", "（1天）反而"),
        ({"criteria": [*METHOD["criteria"], VETO], "tie_break": ["no"]}, "问题", "tie_break.0", "“否决”没有分值"),
        ({"criteria": [BASED | {"measure": {"formula": "1 + 1"}}]}, "问题", "criteria.0.measure", "没有用到任何指标"),
        ({"subjects": {"units": ["jia"], "except": ["yi"]}}, "问题", "subjects.except", "本不在考核对象内：yi"),
        ({"subjects": {"units": ["jia"], "except": ["jia"]}}, "问题", "subjects.except", "没有单位被考核"),
        ({"subjects": {"units": ["jia"], "classes": CLASSES}}, "问题", "subjects.classes", "不在考核对象内的单位：yi"),
        ({"places": 0, "rounding": {"mode": "down"}}, "问题", "places", "places: 0 不起作用"),
        ({"assessed": {"from": "2016-01-01", "to": "2026-12-31"}}, "提示", "assessed", "长于一年"),
        ({"criteria": [*METHOD["criteria"], MONTHLY]}, "问题", "criteria.2.caps", "每月上限 9 高于全年上限 5"),
    ],
)  # fmt: skip
def test_what_authors_get_wrong_is_found(files: Any, changed: dict[str, Any], level: str, path: str, text: str) -> None:  # noqa: ANN401 - the fixture
    found = findings_of(files, **changed)
    assert any((each[0], each[1]) == (level, path) and text in each[2] for each in found), found


@pytest.mark.parametrize(("places", "found"), [(2, []), (3, [("问题", "grades", "总分落在 (19.99, 20) 时没有等次")])])
def test_no_total_lies_between_neighbours_of_its_places(files: Any, places: int, found: list[Any]) -> None:  # noqa: ANN401 - the fixture
    assert findings_of(files, places=places, grades=grades("[20, 30]", "[0, 19.99]")) == found


def test_each_class_has_numbers_and_units_of_its_own(files: Any) -> None:  # noqa: ANN401 - the fixture
    numbers = BY_UNIT | {"joint": [], "target": {"by_unit": {"jia": 1}},
                         "by_class": {"B": {"target": {"by_unit": {"yi": 2}}}}}  # fmt: skip
    classes = {"kind": "township", "classes": [*CLASSES, {"code": "C", "title": "三类", "units": ["bing", "ding"]}]}
    assert findings_of(files, criteria=[numbers], subjects={"units": ["jia", "yi"], "classes": CLASSES}) == []
    facts = {"units": ["jia", "yi", "wu"],
             "observations": [FACTS["observations"][0] | {"values": {"jia": 3, "yi": 7, "wu": 1}}]}  # fmt: skip
    assert [text for _, _, text in findings_of(files, facts, criteria=[numbers], subjects=classes)] == [
        "“投资”没有给 bing、ding 核定数值，对其不适用",
        "bing没有任何数据",
        "ding没有任何数据",
        "wu未编入任何类别，不参加排名",
    ]


def test_what_gives_negative_points_makes_negative_totals_possible(files: Any) -> None:  # noqa: ANN401 - the fixture
    bands = [{"band": "(, 5)", "points": -3}, {"band": "[5, )", "points": 30}]
    table = {"code": "t", "title": "分档", "kind": "step_table", "max": 30, "measure": "x", "table": bands}
    assert findings_of(files, criteria=[table], grades=grades("[0, )", "(, 0)")) == []


def test_a_limit_that_is_none_makes_no_band_unreachable(files: Any) -> None:  # noqa: ANN401 - the fixture
    open_ = BASED | {"clamp": {"from": None, "to": None}}
    assert findings_of(files, criteria=[open_], grades=grades("[5000, )", "[-5000, 5000)", "(, -5000)")) == []


PANEL: dict[str, Any] = {
    "code": "v", "title": "评议", "kind": "panel", "max": 30,
    "groups": [{"code": "chief", "title": "主要领导", "weight": 1, "average": "direct"}],
}  # fmt: skip


def test_scores_that_are_missing_or_too_many_are_found(files: Any) -> None:  # noqa: ANN401 - the fixture
    scores = [{"criterion": "v", "unit": "jia", "group": "chief", "scores": [20, 30]}]
    found = findings_of(files, {"units": ["jia", "yi"], "scores": scores}, criteria=[PANEL])
    assert [text for _, path, text in found if path == "criteria.0"] == [
        "yi：“评议”缺“主要领导”评分", "jia：“主要领导”直接采用一人评分，却有2人",
    ]  # fmt: skip


def test_a_criterion_that_applies_to_nobody_is_found(files: Any) -> None:  # noqa: ANN401 - the fixture
    same = [{"indicator": "x", "period": "2026", "values": {"jia": 3, "yi": 3}}]
    found = findings_of(files, FACTS | {"observations": same})
    assert found == [("问题", "criteria.0", "“甲项”对所有单位都不适用：各单位数值相同（3），无法计算极差")]


def test_what_adoption_refuses_is_explained_and_not_tried(files: Any) -> None:  # noqa: ANN401 - the fixture
    cap = {"code": "z", "title": "否决", "kind": "veto", "consequence": {"effect": "cap_grade", "grade": "中"},
           "match": [{"event": "tasks.report-submitted"}]}  # fmt: skip
    found = findings_of(files, FACTS, criteria=[*METHOD["criteria"], cap])
    assert [each[:2] for each in found] == [("错误", "criteria.2.consequence.grade")]


AGAIN = {"indicator": "x", "period": "2026", "values": {"jia": 4}}
SLIP = {"event": "tasks.slip-issued", "of": "t", "unit": "jia"}
LATE_REPORT = {"event": "tasks.report-submitted", "of": "r", "on": "2026-03-01", "unit": "jia"}


@pytest.mark.parametrize(
    ("facts", "path", "words"),
    [
        ({"expected": {"jia": "1e999999999"}}, "expected.jia", "不是数字"),
        ({"observations": [{"indicator": "x", "period": "2026", "values": {"jia": "１"}}]}, "values.jia", "不是数字"),
        ({"adjustments": [{"criterion": "a", "unit": "jia", "points": 1, "on": 86400}]}, "adjustments.0.on", "日期"),
        ({"events": [{"event": "tasks.task-assigned", "on": "2026-02-01", "lead": "jia", "weight": "1e9999999"}]},
         "events.0.weight", "不是数字"),
        ({"events": [{"event": "tasks.task-assigned", "on": "2026-02-01", "lead": "jia", "due_on": 86400}]},
         "events.0.due_on", "不是日期"),
        ({"units": ["jia", "jia"]}, "units", "写了两次"),
        ({"observations": [*FACTS["observations"], AGAIN]}, "observations.1.values", "jia 的 x 在 2026 期写了两次"),
        ({"events": [SLIP | {"on": "9999-12-31"}]}, "events.0.on", "应不大于 2199-12-31"),
        ({"events": [SLIP | {"on": "20260301"}]}, "events.0.on", "不是日期"),
        ({"events": [LATE_REPORT | {"due_at": "9999-12-31"}]}, "events.0.due_at", ""),
    ],
)  # fmt: skip
def test_slips_in_facts_are_named(files: Any, facts: dict[str, Any], path: str, words: str) -> None:  # noqa: ANN401 - the fixture
    paths = files(method=METHOD, facts=FACTS | facts)
    result = run("try", paths[0], "--facts", paths[1])
    assert result.exit_code == 1
    assert path in result.stderr
    assert words in result.stderr


def test_the_explanation_tells_classes_blocks_rounding_and_formulas(files: Any) -> None:  # noqa: ANN401 - the fixture
    (path,) = files(method=METHOD | {
        "subjects": {"units": ["jia", "yi"], "classes": CLASSES}, "total": {"A": 30, "B": 15},
        "blocks": [{"code": "k", "title": "增长", "combine": "mean"}], "criteria": [BY_CLASS[0] | {"block": "k"}],
        "indicators": [{"code": "x", "title": "增速", "formula": "(y − year_before(y)) ÷ county(y)"},
                       {"code": "y", "title": "产值"}],
        "rounding": {"criterion": 1, "total": 0, "mode": "half_even"},
    })  # fmt: skip
    said = json.loads(run("check", path, "--json").stdout)
    assert said["heading"]["板块"] == "增长 一类 30 分、 二类 15 分，取各项平均"
    assert said["heading"]["增速"] == "= (产值 − 上年同期(产值)) ÷ 全县合计(产值)"
    assert said["heading"]["取舍"] == "各项保留1位小数，四舍六入五成双；总分保留0位小数，四舍六入五成双"
    assert said["criteria"][0]["scoring"].startswith("一类：与5持平得 10；")
    assert "0～15 分" in said["criteria"][0]["scoring"]


def test_criteria_and_units_without_data_are_found(files: Any) -> None:  # noqa: ANN401 - the fixture
    assert findings_of(files, FACTS) == []
    found = findings_of(files, {"units": ["jia", "yi"], "observations": [
        {"indicator": "z", "period": "2026", "values": {"jia": 3}}]})  # fmt: skip
    assert [path for _, path, _ in found] == ["criteria.0", "criteria.1", "units", "units", "facts"]


def test_a_trial_prints_each_number_with_formula_inputs_and_rounding(files: Any) -> None:  # noqa: ANN401 - the fixture
    method, facts = files(method=METHOD, facts=FACTS)
    result = run("try", method, "--facts", facts)
    assert result.exit_code == 0
    for words in (
        "jia 第2名 总分 20.00 好",
        "总分 = 10 ÷ 10 × 30",
        "0 ÷ (7 − 3) × 10",
        "最高值 7",
        "保留2位小数，四舍五入",
        "没有应报送的报表",
    ):
        assert words in result.stdout, result.stdout


def test_a_trial_for_machines(files: Any) -> None:  # noqa: ANN401 - the fixture
    method, facts = files(method=METHOD, facts=FACTS)
    found = json.loads(run("try", method, "--facts", facts, "--json").stdout)
    first, second = found["standings"]
    assert (first["unit"], first["rank"], first["total"], first["grade"]) == ("yi", 1, "30.00", "好")
    assert second["criteria"][1]["evidence"][0]["text"] == "报表“q”2026-Q1：按时报送"
    assert first["criteria"][1]["points"] is None


def test_a_real_log_can_be_tried(files: Any, tmp_path: Path) -> None:  # noqa: ANN401 - the fixture
    example = Path("shared/contracts/examples/cn.xietiao.tasks.report-submitted.v1.json")
    log = tmp_path / "log.jsonl"
    log.write_text(json.dumps(json.loads(example.read_text())) + "\n", encoding="utf-8")
    (method,) = files(method=METHOD | {"subjects": {"kind": "township"}})
    assert run("try", method, "--events", str(log), "--json").exit_code == 0


def record(event: Event, recorded_at: str) -> str:
    content = {
        "topic": "t",
        "partition": 0,
        "offset": 7,
        "recorded_at": recorded_at,
        "event": json.loads(event.to_bytes()),
    }
    return json.dumps(content)


def lines_of_a_log() -> list[str]:
    noon = datetime(2026, 3, 1, 4, tzinfo=UTC)
    told: list[Payload] = [
        UnitRegistered(unit="jia", name="甲局", short_name="甲", kind="department", valid_from=date(2020, 1, 1)),
        UnitRegistered(unit="yi", name="乙局", short_name="乙", kind="department", valid_from=date(2020, 1, 1)),
        UnitRegistered(unit="wai", name="外单位", short_name="外", kind="department", valid_from=date(2020, 1, 1)),
        *(MembershipChanged(membership_id=unit, body="b", role="member", holder_unit=unit, valid_from=date(2020, 1, 1),
                            valid_to=until)
          for unit, until in (("jia", None), ("yi", date(2026, 2, 1)), ("wai", date(2026, 1, 1)))),
    ]  # fmt: skip
    lines = [
        record(Event.of(payload, subject=f"s{index // 3}", version=index + 1, time=noon), "2026-03-01T04:00:00+00:00")
        for index, payload in enumerate(told)
    ]
    facts = read_facts(yaml.safe_dump(FACTS | {"observations": []}, allow_unicode=True))
    (report,) = events_of(facts, "m")
    return [*lines, record(report, "2027-02-03T04:00:00+00:00"), '{"topic": "t", "unreadable": "%"}', ""]


@pytest.mark.parametrize(("until", "points"), [("2027-02-03", "20.00"), ("2027-02-02", None)])
def test_a_log_says_who_is_assessed_and_what_came_late(
    files: Any, tmp_path: Path, until: str, points: str | None  # noqa: ANN401 - the fixture
) -> None:  # fmt: skip
    log = tmp_path / "log.jsonl"
    log.write_text("\n".join(lines_of_a_log()), encoding="utf-8")
    (method,) = files(method=METHOD | {"subjects": {"body": "b"}, "late_data": {"until": until}})
    result = run("try", method, "--events", str(log), "--json")
    found = {each["unit"]: each for each in json.loads(result.stdout)["standings"]}
    assert {unit: each["name"] for unit, each in found.items()} == {"jia": "甲局", "yi": "乙局"}
    assert found["jia"]["criteria"][1]["points"] == points


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[1]", "line 1: "),
        ("{}", "line 1: no CloudEvent"),
        ('{"event": {}, "recorded_at": "2026-01-01T00:00:00"}', "line 1: recorded_at"),
        ('{"event": 3}', "line 1: "),
    ],
)
def test_a_line_that_is_no_event_is_named(files: Any, tmp_path: Path, line: str, words: str) -> None:  # noqa: ANN401 - the fixture
    log = tmp_path / "log.jsonl"
    log.write_text(line, encoding="utf-8")
    (method,) = files(method=METHOD)
    result = run("try", method, "--events", str(log))
    assert (result.exit_code, words in result.stderr) == (1, True), result.stderr


@pytest.mark.parametrize(
    ("method", "facts", "words"),
    [
        ({"criteria": [{"code": "a", "title": "甲", "kind": "magic", "max": 10}]}, FACTS, "criteria.0"),
        ({"total": 31}, FACTS, "total: the criteria's full marks add up to 30"),
        ({}, {"units": []}, "units"),
        ({}, {"units": ["jia"], "events": [{"event": "tasks.slip-issued", "on": "2026-01-01", "x": 1}]}, "events.0.x"),
        ({}, {"units": ["jia"], "events": [{"event": "tasks.exploded", "on": "2026-01-01"}]}, "events.0.event"),
        ({}, {"units": ["jia"], "events": [{"event": "tasks.slip-issued", "unit": "jia"}]}, "events.0.on"),
        ({}, {"units": ["bing"]}, "bing is not assessed"),
        ({}, FACTS | {"adjustments": [{"criterion": "a", "unit": "yyi", "points": 1, "on": "2026-03-01"}]},
         "adjustments.0.unit: yyi is not among the units: jia, yi"),
        ({}, {"units": ["jia"], "observations": FACTS["observations"]}, "observations.0.values: yi is not among"),
    ],
)  # fmt: skip
def test_faults_name_path_and_reason(files: Any, method: dict[str, Any], facts: object, words: str) -> None:  # noqa: ANN401 - the fixture
    paths = files(method=METHOD | method, facts=facts)
    result = run("try", paths[0], "--facts", paths[1])
    assert result.exit_code == 1
    assert words in result.stderr


def test_the_published_schema_is_the_one_in_the_documents() -> None:
    assert json.loads(Path("docs/method-schema.json").read_text(encoding="utf-8")) == method_schema()


def test_refusals_are_said_in_chinese_too(files: Any) -> None:  # noqa: ANN401 - the fixture
    criteria = [
        {"code": "a", "title": "甲", "kind": "magic"},
        {"code": "b", "kind": "min_max", "max": 0, "measre": "x"},
    ]
    result = run("check", files(method=METHOD | {"criteria": criteria})[0])
    assert result.exit_code == 1
    for words in ("没有规则 magic", "缺少这一项", "应大于 0", "没有这一项，请核对键名"):
        assert words in result.stderr, result.stderr
