"""Files into the registry: a plan that shows each row, applied all or nothing; and back: export, import, no change."""

import io
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
import xlsxwriter

from services.registry.exchange.lists import LISTS
from shared.workbook import MEDIA_TYPE
from tests.registry.conftest import SEED, SEED_DAY, Ask
from tests.registry.test_registers import EXAMPLES
from tests.support.api import ServiceUnderTest
from tests.support.eventually import eventually

DAY = "2026-01-15"
MEETING = "县服务业工作部门协调会议"
NUMBER = "永政办发〔2026〕3号"


def xlsx(**sheets: list[list[object]]) -> bytes:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for index, row in enumerate(rows):
                sheet.write_row(index, 0, row)
    return target.getvalue()


async def planned(
    client: httpx.AsyncClient, content: bytes, status: int = 201, name: str = "名单.xlsx", **query: str
) -> dict[str, Any]:
    answer = await client.post("/v1/imports", params=query, files={"file": (name, content, MEDIA_TYPE)})
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert status != 201 or body["state"] == "planned", body
    return body


async def lines(client: httpx.AsyncClient, plan: Mapping[str, Any], **query: str) -> list[dict[str, Any]]:
    answer = await client.get(f"/v1/imports/{plan['id']}/lines", params=query)
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def applied(client: httpx.AsyncClient, plan: Mapping[str, Any], status: int = 200) -> dict[str, Any]:
    answer = await client.post(f"/v1/imports/{plan['id']}/apply")
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    return body


def counts(plan: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    actions = ("new", "changed", "ended", "unchanged", "bad")
    return {each["list"]: {action: each[action] for action in actions if each[action]} for each in plan["lists"]}


async def exported(client: httpx.AsyncClient, **query: str) -> bytes:
    answer = await client.get("/v1/export", params={"as_of": DAY, **query})
    assert answer.status_code == 200, answer.text
    return answer.content


async def with_registers(office: httpx.AsyncClient) -> None:
    for register, example in EXAMPLES.items():
        assert (await office.post(f"/v1/registers/{register}", json=example)).status_code == 201


@pytest.mark.parametrize("file_format", ["xlsx", "json"])
async def test_what_is_exported_is_imported_without_a_change(office: httpx.AsyncClient, file_format: str) -> None:
    await with_registers(office)
    content = await exported(office, format=file_format)
    plan = await planned(office, content, name=f"登记册.{file_format}", complete="true")
    assert {action for found in counts(plan).values() for action in found} == {"unchanged"}
    assert sum(found["unchanged"] for found in counts(plan).values()) == 191
    assert set(counts(plan)) == {"documents", "units", "posts", "bodies", "obligations", "memberships", "sectors",
                                 "duties", "portfolios", *EXAMPLES}  # fmt: skip
    assert plan["remarks"] == []


async def test_each_list_goes_round_as_csv(office: httpx.AsyncClient) -> None:
    await with_registers(office)
    for name in LISTS:
        if name == "incumbencies":
            continue
        content = await exported(office, format="csv", list=name)
        plan = await planned(office, content, name="x.csv", list=name, complete="true")
        assert set(counts(plan)[name]) == {"unchanged"}, name


async def test_the_seed_itself_changes_nothing(office: httpx.AsyncClient) -> None:
    plan = await planned(office, SEED.read_bytes(), name=SEED.name)
    assert {action for found in counts(plan).values() for action in found} == {"unchanged"}


async def test_an_export_fills_an_empty_registry_alike(
    lasting_office: httpx.AsyncClient, empty_registry: ServiceUnderTest
) -> None:
    content = await exported(lasting_office, as_of=SEED_DAY)
    async with empty_registry.client("office") as office:
        plan = await planned(office, content, effective_on=SEED_DAY)
        assert {action for found in counts(plan).values() for action in found} == {"new"}
        await applied(office, plan)
        assert await exported(office, format="json", as_of=SEED_DAY) == await exported(
            lasting_office, format="json", as_of=SEED_DAY
        )


async def test_new_changed_and_ended_rows_are_told_apart_and_applied(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    content = xlsx(单位=[
        ["永嘉县单位名录"],
        ["单位代码", "单位名称", "类 别", "备注", "失效日期"],
        ["330324-swj", "县　商　务　局", "部门", "新设", ""],
        ["３３０３２４－ｔｙｊ", "县体育局", "部门", "体育和旅游", ""],
        ["", "县农办", "部门", "有职责而未列名为成员单位", ""],
    ], 成员=[["会议", "角色", "成员单位", "依据文件"],
             [MEETING, "成员", "县商务局、房管局，县供销社；330324-nb", NUMBER]])  # fmt: skip
    plan = await planned(office, content, document=NUMBER)
    assert counts(plan) == {"units": {"new": 1, "changed": 1, "unchanged": 1}, "memberships": {"new": 4}}
    (changed,) = await lines(office, plan, action="changed")
    assert (changed["sheet"], changed["row"], changed["key"]) == ("单位", 4, "330324-tyj")
    assert changed["changes"] == [{"field": "note", "before": None, "after": "体育和旅游"}]
    assert await ask("/v1/units", q="商务局", as_of=DAY) == {"items": [], "next": None}

    done = await applied(office, plan)
    assert (await ask("/v1/units/330324-swj", as_of=DAY))["name"] == "县商务局"
    assert (done["state"], done["applied_by"]) == ("applied", "office")
    assert (await ask("/v1/units/330324-tyj", as_of=DAY))["note"] == "体育和旅游"
    assert (await ask("/v1/units/330324-tyj", as_of="2026-01-14"))["note"] is None
    members = await ask("/v1/bodies/coordination-meeting/members", role="member", limit=200, as_of=DAY)
    held = {item["holder"]["unit"]["code"] for item in members["items"] if "unit" in item["holder"]}
    assert {"330324-swj", "330324-fdj", "330324-gxs", "330324-nb"} <= held
    assert [event.type.split(".")[3] for event in await registry.events("330324-swj")] == ["unit-registered"]
    assert {line["correlation_id"] for line in await registry.audit() if line["action"] == "apply-import"}

    again = await planned(office, content, document=NUMBER)
    assert {action for found in counts(again).values() for action in found} == {"unchanged"}


async def test_a_plan_applied_twice_is_applied_once(registry: ServiceUnderTest, office: httpx.AsyncClient) -> None:
    plan = await planned(office, xlsx(单位=[["单位代码", "单位名称", "类别"], ["330324-swj", "县商务局", "部门"]]))
    first = await applied(office, plan)
    assert await applied(office, plan) == first
    assert len(await registry.events("330324-swj")) == 1


async def test_a_plan_for_another_state_of_the_registry_is_refused(office: httpx.AsyncClient) -> None:
    plan = await planned(office, xlsx(单位=[["单位代码", "单位名称", "类别"], ["330324-swj", "县商务局", "部门"]]))
    await office.post("/v1/registers/standards", json=EXAMPLES["standards"])
    refusal = await applied(office, plan, 409)
    assert (refusal["code"], refusal["allowed"]) == ("registry-moved", ["plan the file again"])


async def test_a_complete_list_ends_what_is_missing_from_it(
    registry: ServiceUnderTest, office: httpx.AsyncClient, ask: Ask
) -> None:
    content = xlsx(归口=[["职务", "分管内容", "出处"], ["县长", "全县服务业工作", "二.2"]])
    plan = await planned(office, content, complete="true")
    assert counts(plan) == {"portfolios": {"new": 1, "ended": 1}}
    await applied(office, plan)
    posts = (await ask("/v1/posts", as_of=DAY, limit=200))["items"]
    assert {post["code"]: [p["scope"] for p in post["portfolios"]] for post in posts if post["portfolios"]} == {
        "330324-xz": ["全县服务业工作"]
    }


async def test_what_others_still_name_does_not_end(office: httpx.AsyncClient, ask: Ask) -> None:
    units: list[list[object]] = [["单位名称", "失效日期"], ["县体育局", "2026-06-30"]]
    plan = await planned(office, xlsx(单位=units))
    (bad,) = await lines(office, plan, action="bad")
    assert "县体育局 is still named by 职务" in bad["faults"][0]["reason"]
    whole = xlsx(
        单位=units,
        职务=[["职务名称", "所属单位", "失效日期"], ["县体育局负责人", "县体育局", "2026-06-30"]],
        成员=[["会议", "角色", "单位", "失效日期"], [MEETING, "成员", "县体育局", "2026-06-30"]],
        职责=[["编号", "失效日期"], ["3.15", "2026-06-30"]],
    )
    plan = await planned(office, whole)
    assert await lines(office, plan, action="bad") == []
    assert counts(plan) == {name: {"ended": 1} for name in ("units", "posts", "memberships", "duties")}
    await applied(office, plan)
    await ask("/v1/units/330324-tyj", 404, as_of="2026-06-30")
    assert (await ask("/v1/units/330324-tyj", as_of="2026-06-29"))["duties"][0]["code"] == "3.15"


@pytest.mark.parametrize(
    ("sheet", "rows", "cell", "reason", "suggestion"),
    [
        ("单位", [["单位名称", "类别"], ["县文广新局", "部门"]], "A2", "new one needs a code",
         "县文化广电新闻出版局"),
        ("单位", [["单位代码", "单位名称", "类别"], ["330324-x", "某局", "科室"]], "C2", "none of the words", None),
        ("单位", [["单位代码", "单位名称", "类别", "别名"], ["330324-x", "某局", "部门", "县地税局"]],
         "D2", "县地税局 already means 县财政局（地税局） (330324-czj)", None),
        ("单位", [["单位代码", "单位名称", "类别"], ["330324-x", "某局", ""]], "C2", "is missing", None),
        ("单位", [["单位代码", "单位名称", "类别"], ["990324-x", "某局", "部门"]], "A2", "no province has 99", None),
        ("单位", [["单位代码", "单位名称", "类别", "统一社会信用代码"],
                  ["330324-x", "某局", "部门", "11330324002531470B"]], "D2", "it is A", None),
        ("单位", [["单位代码", "单位名称", "类别", "生效日期"],
                  ["330324-x", "某局", "部门", "2026年2月30日"]], "D2", "no calendar day", None),
        ("单位", [["单位代码", "单位名称", "类别"], ["330324-x", "某局", "部门"],
                  ["330324-x", "某局", "部门"]], "A3", "stands in row 2 already", None),
        ("成员", [["会议", "角色", "单位", "文号"], [MEETING, "成员", "县供销设", NUMBER]],
         "C2", "县供销设 is not known", "县供销社 (330324-gxs)"),
        ("成员", [["会议", "角色", "单位", "文号"], [MEETING, "成员", "县农办", "永政办发[2026]03号"]],
         "D2", "brackets must be 〔〕", None),
        ("行业", [["代码", "行业名称", "类别", "行业类目", "分类版本"], ["x", "某业", "行业", "64", "GB/T 4754-2002"]],
         "D2", "no division 64", None),
        ("职责", [["编号", "单位", "职责原文", "文号", "条款类别", "条款", "行业"],
                  ["9.1", "县农办", "负责", "永政办发〔2009〕106号", "统计", "负责", "农家乐旅游业"]],
         "G2", "is not known", "旅游业"),
        ("职责", [["编号", "单位", "职责原文", "文号", "条款类别", "条款"],
                  ["9.1", "县农办", "负责", NUMBER, "统计", "负责"]], "D2", "is not in the registry", None),
        ("标准", [["标准号", "标准名称", "级别", "状态"], ["GB/T 28003", "某标准", "国家", "现行"]],
         "A2", "is no standard's number", None),
        ("标准", [["标准号", "标准名称", "级别", "状态"], ["GB/T 28003-2011", "某标准", "地方", "现行"]],
         "A2", "national standard by its number", None),
        ("政策规划", [["发文字号", "标题", "类别", "发文机关", "成文日期", "状态"],
                      ["[2023]01号", "某政策", "政策", "县政府", "2023-01-01", "现行"]], "A2", "issuer code", None),
    ],
)  # fmt: skip
async def test_a_bad_row_is_named_by_sheet_and_cell_with_its_reason(
    lasting_office: httpx.AsyncClient,
    sheet: str,
    rows: list[list[object]],
    cell: str,
    reason: str,
    suggestion: str | None,
) -> None:
    plan = await planned(lasting_office, xlsx(**{sheet: rows}))
    assert not plan["can_be_applied"]
    bad = (await lines(lasting_office, plan, action="bad"))[0]
    fault = next(each for each in bad["faults"] if each["place"] == cell)
    assert bad["sheet"] == sheet
    assert reason in fault["reason"], fault
    assert suggestion is None or any(suggestion in each for each in fault["suggestions"]), fault
    refusal = await applied(lasting_office, plan, 409)
    assert (refusal["code"], "bad" in refusal["detail"]) == ("plan-state", True)


async def test_a_long_plan_says_how_far_it_is_and_cannot_be_applied_before_it_is_made(
    office: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.registry.exchange.api._WAIT_SECONDS", 0)
    rows: list[list[object]] = [["单位代码", "单位名称", "类别"]]
    rows += [[f"330324-u{n}", f"第{n}单位", "乡镇"] for n in range(10_000)]
    content = xlsx(单位=rows)
    answer = await office.post("/v1/imports", files={"file": ("乡镇.xlsx", content, MEDIA_TYPE)})
    plan = answer.json()
    assert (plan["state"], plan["rows_total"]) == ("planning", 10_000)
    assert (await applied(office, plan, 409))["allowed"] == ["wait until it is planned"]

    async def made() -> bool:
        return bool((await office.get(f"/v1/imports/{plan['id']}")).json()["state"] == "planned")

    await eventually(made)
    done = (await office.get(f"/v1/imports/{plan['id']}")).json()
    assert counts(done) == {"units": {"new": 10_000}}
    assert done["rows_done"] == 10_000


async def test_a_file_that_is_none_is_refused_at_once(office: httpx.AsyncClient) -> None:
    for content, name, reason in (
        (b"", "a.xlsx", "empty"),
        (b"PK\x03\x04xx", "a.xlsx", "cannot be opened"),
        (b"a: [", "a.yaml", "cannot be read as YAML"),
        ("甲,乙\n1,2\n".encode(), "a.csv", "no list's headers"),
        (b"units: [1]", "a.yaml", "units.0"),
        (b"a: &a [1]\nunits: [*a, *a]", "a.yaml", "aliases are not taken"),
        (b'{"units": [], "units": []}', "a.json", "units stands twice"),
        (b"[" * 5000, "a.json", "cannot be read as YAML"),
    ):
        refusal = await planned(office, content, 422, name=name)
        assert reason in refusal["errors"][0]["reason"]


async def test_a_file_that_is_too_large_is_refused_with_413(office: httpx.AsyncClient) -> None:
    refusal = await planned(office, b"x" * (17 * 1024 * 1024), 413, name="a.csv")
    assert "larger than" in refusal["detail"]
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        book.add_worksheet("单位").write(1_048_575, 16_383, "x")
    refusal = await planned(office, target.getvalue(), 413)
    assert refusal["code"] == "file-too-large"


async def test_only_the_office_imports(registry: ServiceUnderTest) -> None:
    async with registry.client("unit", "330324-zjj") as unit, registry.client(None) as nobody:
        assert (await unit.post("/v1/imports", content=b"x")).status_code == 403
        assert (await nobody.get("/v1/export")).status_code == 401
        assert (await unit.get("/v1/export", params={"as_of": DAY})).status_code == 200
        assert (await unit.get("/v1/imports")).status_code == 403
    async with registry.client("office") as office, registry.client("auditor") as auditor:
        plan = await planned(office, "单位代码,单位名称,类别\n330324-swj,县商务局,部门\n".encode(), name="a.csv")
        assert (await auditor.get(f"/v1/imports/{plan['id']}/lines")).status_code == 200


async def test_a_form_that_cannot_be_read_is_refused(office: httpx.AsyncClient) -> None:
    for content, kind in ((b"x", "multipart/form-data"), (b"--b\r\n\r\n", "multipart/form-data; boundary=b")):
        answer = await office.post("/v1/imports", content=content, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file")


async def test_the_bare_body_is_taken_too_and_the_request_again_plans_once(office: httpx.AsyncClient, ask: Ask) -> None:
    for _ in range(2):
        answer = await office.post(
            "/v1/imports",
            params={"name": "a.csv"},
            content="单位代码,单位名称,类别\n330324-swj,县商务局,部门\n".encode(),
            headers={"idempotency-key": "once"},
        )  # fmt: skip
        assert (answer.status_code, answer.json()["state"]) == (201, "planned")
    assert len((await office.get("/v1/imports")).json()["items"]) == 1
    assert (await office.get("/v1/imports/0190a5d0-0000-7000-8000-000000000000")).status_code == 404


async def test_a_standards_number_is_taken_with_the_dash_that_files_have(office: httpx.AsyncClient) -> None:
    rows: list[list[object]] = [
        ["标准号", "标准名称", "级别", "状态"],
        ["DB33/T836—2011", "农家乐经营户服务质量通用要求", "地方标准", "现行"],
    ]
    plan = await planned(office, xlsx(标准=rows))
    assert plan["can_be_applied"], plan
    [line] = (await office.get(f"/v1/imports/{plan['id']}/lines")).json()["items"]
    assert line["key"] == "DB33/T 836-2011"


@pytest.mark.parametrize("clauses", [None, "统计", {}, ["统计"], [{"kind": "statistics"}, 1]])
async def test_what_lacks_its_name_or_is_no_clause_is_a_bad_row(office: httpx.AsyncClient, clauses: object) -> None:
    file = {"units": [{"code": "330324-new"}], "duties": [{"code": "9.1", "text": "负责……", "clauses": clauses}]}
    answer = await office.post("/v1/imports", params={"name": "a.json"}, content=json.dumps(file).encode())
    plan = answer.json()
    assert (plan["state"], plan["can_be_applied"]) == ("planned", False), plan
    assert {each["list"]: each["bad"] for each in plan["lists"]} == {"units": 1, "duties": 1}


async def test_the_differences_of_two_days_are_shown_field_by_field(office: httpx.AsyncClient) -> None:
    content = xlsx(单位=[["单位代码", "单位名称", "类别"], ["330324-tyj", "县体育发展局", "部门"]])
    await applied(office, await planned(office, content))
    answer = await office.get("/v1/diff", params={"from": "2026-01-14", "to": DAY})
    body = answer.json()
    assert (body["from"], body["counts"]) == ("2026-01-14", {"units": {"changed": 1}})
    assert body["items"][0]["changes"] == [{"field": "name", "before": "县体育局", "after": "县体育发展局"}]
    assert body["items"][0]["name"] == "县体育发展局"
    query: dict[str, str | int] = {"from": "2009-07-05", "to": SEED_DAY, "limit": 200}
    whole = (await office.get("/v1/diff", params=query)).json()
    first = (await office.get("/v1/diff", params={**query, "limit": 100})).json()
    second = (await office.get("/v1/diff", params={**query, "limit": 100, "cursor": first["next"]})).json()
    assert [*first["items"], *second["items"]] == whole["items"]
    assert whole["counts"]["units"] == {"new": 31}
    names = [item["name"] for item in whole["items"] if item["list"] in {"memberships", "duties"}]
    assert "县服务业工作部门协调会议 / 召集人 / 县长" in names
    assert any(name.startswith("县工商局：负责全县服务业准入政策") for name in names)
    assert (await office.get("/v1/diff", params={"from": "x"})).json()["errors"][0]["field"] == "from"
    long_ago = {"from": "2009-07-05", "to": SEED_DAY, "known_at": "2009-07-06T00:00:00+08:00"}
    assert (await office.get("/v1/diff", params=long_ago)).json()["items"] == []
    future = await office.get("/v1/diff", params={**query, "known_at": "2099-01-01T00:00:00Z"})
    assert future.json()["errors"][0]["field"] == "known_at"
