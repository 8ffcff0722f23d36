"""The coverage report of 2009-07-06: each finding with its severity, as of any day and as it was known then."""

from datetime import timedelta

from tests.registry.conftest import Ask
from tests.support.api import NOW

GRADES = {
    "sectors_without_guide": "high",
    "sectors_counted_not_guided": "high",
    "sectors_guided_by_several": "medium",
    "sectors_guided_not_counted": "medium",
    "duty_holders_not_members": "medium",
    "sectors_guided_by_several_with_parts": "low",
    "members_without_duty": "low",
}


async def test_each_finding_of_the_documents_day_has_its_severity(ask: Ask) -> None:
    report = await ask("/v1/coverage")
    for kind, severity in GRADES.items():
        assert {finding["severity"] for finding in report[kind]} <= {severity}, kind
    counted = {finding["name"] for finding in report["sectors_counted_not_guided"]}
    assert {"交通运输业", "计算机服务和软件业", "物业管理"} <= counted
    unnamed = {finding["name"] for finding in report["duty_holders_not_members"]}
    assert unnamed == {"县房管局", "县农办", "县供销社"}


async def test_before_the_document_there_is_nothing_to_find(ask: Ask) -> None:
    for query in ({"as_of": "2009-07-05"}, {"known_at": (NOW - timedelta(days=1)).isoformat()}):
        report = await ask("/v1/coverage", **query)
        assert all(report[kind] == [] for kind in GRADES)
