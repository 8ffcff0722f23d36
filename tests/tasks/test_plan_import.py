"""Plans from the files that counties publish: first a proposal with each fault by its cell, then applied as a whole."""

import io

import httpx
import pytest
import xlsxwriter
from docx import Document

from deploy.seed.plans.make import DOCUMENT, WORKBOOK, load
from services.tasks.plans.domain import UnitNames
from services.tasks.plans.naming import MEMBERS, TOWNSHIPS, Directory, read_units
from services.tasks.plans.reading import read_plan
from tests.support.api import ServiceUnderTest
from tests.tasks.conftest import SEED
from tests.tasks.plan_builders import drafted

HEAD = ["序号", "主要工作任务", "完成情况", "责任单位", "分管领导", "完成时限"]


def table(*rows: list[str], head: list[str] | None = None) -> bytes:
    """Return a workbook with a title row above the header."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet("任务表")
        sheet.merge_range(0, 0, 0, 5, "任务分解表")
        for number, row in enumerate((head or HEAD, *rows), start=1):
            for column, text in enumerate(row):
                sheet.write_string(number, column, text)
    return content.getvalue()


def text(*paragraphs: str) -> bytes:
    document, content = Document(), io.BytesIO()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    document.save(content)
    return content.getvalue()


async def proposed(office: httpx.AsyncClient, plan_id: str, content: bytes, **query: str) -> httpx.Response:
    return await office.post(f"/v1/plans/{plan_id}/import", content=content, params=query)


@pytest.mark.parametrize("content", [WORKBOOK.read_bytes(), DOCUMENT.read_bytes()], ids=["xlsx", "docx"])
async def test_the_sample_plans_are_taken_in_both_shapes(
    county: ServiceUnderTest, office: httpx.AsyncClient, content: bytes
) -> None:
    plan_id = await drafted(office, [])
    proposal = (await proposed(office, plan_id, content)).json()
    assert (proposal["added"], proposal["faulty"], proposal["applied"]) == (24, 0, False)
    assert (await office.get(f"/v1/plans/{plan_id}")).json()["items"] == []
    applied = await proposed(office, plan_id, content, apply="true")
    assert (applied.status_code, applied.json()["applied"]) == (200, True), applied.text
    items = {item["serial"]: item for item in (await office.get(f"/v1/plans/{plan_id}")).json()["items"]}
    wanted = load()["items"]
    names = {unit["name"]: unit["code"] for unit in SEED["units"]}
    assert [items[str(n)]["section"] for n in range(1, 25)] == [item["section"] for item in wanted]
    assert [items[str(n)]["lead_unit"] for n in (1, 2, 22)] == [names["县发改局"], names["县交通局"], names["县统计局"]]
    assert items["8"]["cooperating_units"] == [names["县金融办"], names["县财政局（地税局）"]]
    assert items["4"]["cooperating_units"] == [names["县经贸局"], "330324-obz", "330324-sbz"]
    assert len(items["22"]["cooperating_units"]) == 21
    dues = {n: items[str(n)]["due_on"] for n in (1, 3, 4, 6, 8, 11, 12, 13, 19, 22, 23, 24)}
    assert dues == {
        1: "2026-06-30",
        3: "2026-06-30",
        4: "2026-12-15",
        6: "2026-09-30",
        8: "2026-06-30",
        11: "2026-09-20",
        12: "2026-08-31",
        13: "2026-12-31",
        19: "2026-06-20",
        22: "2026-12-31",
        23: "2026-03-31",
        24: "2026-11-30",
    }
    again = (await proposed(office, plan_id, content)).json()
    assert (again["same"], again["added"], again["removed"]) == (24, 0, [])


async def test_bad_rows_are_listed_with_cell_and_reason_and_nothing_is_half_applied(
    county: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan_id = await drafted(office)
    content = table(
        ["1", "编制规划", "", "★县发改局、县交通局", "分管副县长", "6月底"],
        ["2", "培训人才", "", "县教育厅", "分管副县长", "尽快"],
        ["3", "", "", "县有关部门", "分管副县长", "全年"],
        ["1", "开展统计", "", "县统计局", "分管副县长", "全年"],
    )
    proposal = (await proposed(office, plan_id, content)).json()
    faults = [(fault["at"], fault["text"]) for row in proposal["items"] for fault in row["faults"]]
    assert faults == [
        ("任务表!A3", "1"),
        ("任务表!D4", "县教育厅"),
        ("任务表!F4", "尽快"),
        ("任务表!D5", "县有关部门"),
        ("任务表!B5", ""),
        ("任务表!A6", "1"),
    ]
    assert proposal["items"][1]["faults"][0]["expected"].startswith("县教育局")
    refused = await proposed(office, plan_id, content, apply="true")
    assert (refused.status_code, len(refused.json()["errors"])) == (422, 6)
    assert refused.json()["errors"][1]["field"] == "任务表!D4"
    assert len((await office.get(f"/v1/plans/{plan_id}")).json()["items"]) == 3


async def test_what_is_read_freely_is_said(county: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    plan_id = await drafted(office, [])
    head = ["序号", "工作任务", "工作目标", "牵头单位", "配合单位", "备注"]
    content = table(
        ["1", "做好协调", "年底前完成", "县发改局", "县交通局、县信息办等", "无"],
        ["2", "做好统计", "", "县统计局、县经贸局", "", ""],
        head=head,
    )
    proposal = (await proposed(office, plan_id, content)).json()
    assert proposal["remarks"] == ["任务表!F2：“备注”栏未读取"]
    first, second = proposal["items"]
    assert second["remarks"][0] == "牵头单位不止一个，以第一个为牵头，其余列为配合"
    assert first["item"]["cooperating_units"] == ["330324-jtj", "330324-xxb"]
    assert [remark[:6] for remark in first["remarks"]] == ["“县信息办等", "未列完成时限"]
    assert (second["item"]["lead_unit"], second["item"]["cooperating_units"]) == ("330324-tjj", ["330324-jmj"])


async def test_a_file_without_a_plan_is_refused(county: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    plan_id = await drafted(office, [])
    for content in (
        b"",
        b"\xd0\xcf\x11\xe0old",
        b"PK\x03\x04broken",
        table(["1", "x"], head=["甲", "乙"]),
        text("只有文字。"),
    ):
        answer = await proposed(office, plan_id, content)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), content[:10]


def test_running_text_may_name_its_units_in_brackets() -> None:
    content = text(
        "一、现代物流",
        "（一）规划引领",
        "1. 编制物流规划，6月底前报审。（牵头单位：县发改局；责任单位：县交通局、县规划建设局）",
        "2、建设物流中心。",
        "年度投资3000万元。",
        "责任单位：★县交通局、县发改局；完成时限：11月底前",
        "二、其他",
        "3．没有单位的一项。",
        "（4）做好统计。牵头单位:县统计局。",
    )
    file = read_plan(content)
    items = file.items
    assert file.remarks == ("第8段：第3项未列牵头单位、责任单位，未读取",)
    assert [item.text("serial") for item in items] == ["1", "2", "4"]
    assert [(item.section, item.text("lead"), item.text("units"), item.text("due")) for item in items] == [
        ("规划引领", "县发改局", "县交通局、县规划建设局", ""),
        ("规划引领", "", "★县交通局、县发改局", "11月底前"),
        ("其他", "县统计局", "", ""),
    ]
    assert items[0].text("task") == "编制物流规划，6月底前报审。"
    assert items[1].text("task") == "建设物流中心。\n年度投资3000万元。"


def test_a_word_table_is_read_like_a_sheet() -> None:
    document, content = Document(), io.BytesIO()
    made = document.add_table(rows=3, cols=4)
    for row, values in zip(
        made.rows,
        [["序号", "重点工作", "责任单位", "完成时限"], ["1", "甲", "★县发改局", "6月底"], ["2", "乙", "县交通局", ""]],
        strict=True,
    ):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    made.cell(1, 3).merge(made.cell(2, 3))
    document.save(content)
    items = read_plan(content.getvalue()).items
    assert [(item.text("task"), item.text("due"), item.parts["due"].at) for item in items] == [
        ("甲", "6月底", "表1!D2"),
        ("乙", "6月底", "表1!D3"),
    ]


DIRECTORY = Directory.of(
    [
        UnitNames("330324-czj", "县财政局（地税局）", "财政局（地税局）", ("县财政局", "地税局"), "department"),
        UnitNames("330324-fgj", "县发改局", "发改局", (), "department"),
        UnitNames("330324-jtj", "县交通局", "交通局", (), "department"),
    ],
    {TOWNSHIPS: ["t1", "t2"], MEMBERS: ["330324-fgj", "330324-jtj"]},
)


@pytest.mark.parametrize(
    ("cell", "lead", "others"),
    [
        ("县发改局、县交通局", "330324-fgj", ("330324-jtj",)),
        ("县发改局、★县交通局", "330324-jtj", ("330324-fgj",)),
        ("县发改局\n县交通局（牵头）", "330324-jtj", ("330324-fgj",)),
        ("※ 交通局；发改局", "330324-jtj", ("330324-fgj",)),
        ("县财政局(地税局)，发改局", "330324-czj", ("330324-fgj",)),
        ("地税局", "330324-czj", ()),
        ("牵头单位：县发改局", "330324-fgj", ()),
        ("县发改局、各乡镇（街道）", "330324-fgj", ("t1", "t2")),
        ("★县交通局、各成员单位", "330324-jtj", ("330324-fgj",)),
        ("县发改局等单位", "330324-fgj", ()),
        ("县 发 改 局", "330324-fgj", ()),
        ("★县发改局 县交通局", "330324-fgj", ("330324-jtj",)),
        ("各乡镇、县交通局", "330324-jtj", ("t1", "t2")),
        ("各成员单位", None, ("330324-fgj", "330324-jtj")),
    ],
)
def test_units_of_one_cell(cell: str, lead: str | None, others: tuple[str, ...]) -> None:
    named = read_units(cell, DIRECTORY)
    assert (named.lead, named.others, named.faults) == (lead, others, ())


@pytest.mark.parametrize("cell", ["县有关部门", "各相关单位", "县发政局", "★各乡镇"])
def test_who_is_nobody_in_particular_is_a_fault(cell: str) -> None:
    named = read_units(cell, DIRECTORY)
    assert len(named.faults) == 1
    assert named.lead is None


async def test_one_star_leaves_nothing_to_remark_and_a_numbered_task_without_a_unit_is_a_fault(
    county: ServiceUnderTest, office: httpx.AsyncClient
) -> None:
    plan_id = await drafted(office, [])
    content = table(
        ["一", "现代物流", "", "", "", ""],
        ["1", "编制规划", "", "县发改局、★县交通局", "分管副县长", "6月底"],
        ["2", "没有单位", "", "", "", ""],
    )
    first, second = (await proposed(office, plan_id, content)).json()["items"]
    assert (first["item"]["lead_unit"], first["remarks"]) == ("330324-jtj", [])
    assert [(fault["at"], fault["reason"]) for fault in second["faults"]] == [("任务表!D5", "no lead unit is named")]
