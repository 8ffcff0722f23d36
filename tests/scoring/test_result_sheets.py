"""Result sheets: what the office hands to each unit, in Word and Excel."""

import zipfile
from io import BytesIO

from docx import Document
from python_calamine import CalamineWorkbook

from shared.official_word import fitting_size
from tests.scoring.closings import AFTER_THE_WINDOW, appealed, closed
from tests.scoring.county import CO, MEASURED, county
from tests.support.api import ServiceUnderTest


async def test_result_sheets_show_what_is_published_one_page_per_unit(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    path = f"/v1/publications/{closing['id']}/sheets"
    scoring.clock.at = AFTER_THE_WINDOW
    async with scoring.client("auditor") as client:
        before = await client.get(path, params={"format": "docx"})
        await made.post(f"/v1/publications/{closing['id']}/publish", {})
        word = await client.get(path, params={"format": "docx"})
        excel = await client.get(path, params={"format": "xlsx"})
        other = await client.get(path, params={"format": "pdf"})
    assert "初步结果" in text_of(before.content)
    text = text_of(word.content)
    assert text.count("考核办法（测试）结果单") == 3
    assert ("公布日期：2027年1月18日" in text, "初步结果" in text) == (True, False)
    assert word.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E8%80%83")
    sheets = CalamineWorkbook.from_filelike(BytesIO(excel.content))
    assert sorted(sheets.sheet_names) == sorted(["总表", "县经贸局", "县统计局", "县交通局"])
    rows = sheets.get_sheet_by_name("总表").to_python()
    shown = await made.get(f"/v1/publications/{closing['id']}")
    assert [row[1] for row in rows[3:]] == [row["unit"]["name"] for row in shown["result"]]
    assert other.status_code == 422


async def test_the_sheets_of_an_abandoned_closing_say_so(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    await made.post(f"/v1/publications/{closing['id']}/abandon", {"reason": "漏报一季度数据"})
    async with scoring.client("auditor") as client:
        word = await client.get(f"/v1/publications/{closing['id']}/sheets", params={"format": "docx"})
    assert "2027年1月10日的初步结果，已撤销，不作为考核依据" in text_of(word.content)


async def test_a_units_sheet_says_what_became_of_its_appeals_and_keeps_to_a_page(scoring: ServiceUnderTest) -> None:
    made = await county(scoring)
    closing = await closed(made)
    upheld, withdrawn, open_ = [
        await appealed(made, closing["id"], criterion=code) for code in ("key-tasks", "discipline", None)
    ]
    decision = {"upheld": True, "points": "7.5", "reason": "证明属实"}
    await made.post(f"/v1/appeals/{upheld['id']}/decide", decision)
    await made.post(f"/v1/appeals/{withdrawn['id']}/withdraw", {"reason": "不再申诉"}, "unit", CO)
    assert open_["state"] == "filed"
    path = f"/v1/publications/{closing['id']}/sheets"
    async with scoring.client("auditor") as client:
        word = text_of((await client.get(path, params={"format": "docx"})).content)
        excel = (await client.get(path, params={"format": "xlsx"})).content
    sheets = CalamineWorkbook.from_filelike(BytesIO(excel))
    shown = sheets.get_sheet_by_name("县统计局").to_python()
    said = [str(row[3]) for row in shown if row[0] == "备注"]
    titles = {rule["code"]: rule["title"] for rule in MEASURED["criteria"]}
    assert said[-1].split("；") == [
        f"对“{titles['key-tasks']}”的申诉成立，加 7.5 分",
        f"对“{titles['discipline']}”的申诉已撤回",
        "对考核结果的申诉正在审理",
    ]
    assert all(text in word for text in said)
    assert shown[0][0] == "考核办法（测试）结果单（县统计局）"
    with zipfile.ZipFile(BytesIO(excel)) as parts:
        whole, *units = [parts.read(f"xl/worksheets/sheet{number}.xml") for number in range(1, 5)]
    assert b'fitToHeight="0"' in whole
    assert not any(b'fitToHeight="0"' in unit for unit in units)


def text_of(content: bytes) -> str:
    return "\n".join(paragraph.text for paragraph in Document(BytesIO(content)).paragraphs)


def test_a_unit_with_many_criteria_keeps_to_its_page() -> None:
    short = ("办结时效", "10", "9.5", "10 − 0.5，限 0～10")
    long = ("服务业投资（水平、增速、增量 4:3:3）", "15", "13.88", "(4 × 100 + 3 × 75 + 3 × 100) ÷ 10 × 15 ÷ 100；" * 3)
    sizes = [fitting_size(rows, (50, 14, 14, 78), 320).pt for rows in ([short] * 5, [short] * 15, [short, long] * 5)]
    assert sizes == [12, 12, 8]
    assert fitting_size([long] * 200, (50, 14, 14, 78), 320).pt == 5
