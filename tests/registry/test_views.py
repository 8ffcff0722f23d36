"""A list's items are written without the view's validation: byte for byte what the view would say."""

from dataclasses import replace
from datetime import date

import pytest

from services.registry.domain import Clause, Duty, Holder, Named
from services.registry.views import DutyView, shown_duty
from shared import exact_json

DUTY = Duty(
    code="3.19",
    article="三",
    number=19,
    holder=Holder(unit="330324-fgj", name="县发改局"),
    text="负责“服务业”。",
    source="三.19",
    document="永政办发〔2009〕106号",
    clauses=(),
    valid_from=date(2009, 7, 6),
)
CLAUSE = Clause(kind="planning", text="编制规划", objects=(Named("tourism", "旅游"),), partners=(Named("330324-jtj"),))


@pytest.mark.parametrize(
    "duty",
    [
        DUTY,
        replace(DUTY, clauses=(CLAUSE, replace(CLAUSE, objects=(), partners=())), valid_to=date(2020, 1, 1)),
        replace(DUTY, holder=Holder(post="330324-xz", name="县长", of_unit=Named("330324-xzf", "县政府"))),
        replace(DUTY, holder=Holder(post="330324-xz", name="县长")),
    ],
)
def test_a_list_says_of_a_duty_what_its_view_says(duty: Duty) -> None:
    assert exact_json.dumps(shown_duty(duty)).decode() == DutyView.of(duty).model_dump_json()
