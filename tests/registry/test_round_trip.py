"""Whatever the registry holds, a file of it read back is the same: by hypothesis, without servers."""

from datetime import UTC, date, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.registry.exchange.exporting import as_csv, as_json, as_workbook
from services.registry.exchange.lists import LISTS, ListName
from services.registry.exchange.planning import Intent, Planner
from services.registry.exchange.reading import read_file
from services.registry.exchange.records import Held
from shared.text import LongText, Title

DAY, NOW = date(2026, 1, 15), datetime(2026, 1, 15, 2, 0, tzinfo=UTC)
TITLE: TypeAdapter[str] = TypeAdapter(Title)
LONG_TEXT: TypeAdapter[str] = TypeAdapter(LongText)
SIGNS = "县发改局农办旅游业服务１２Ａａ12aA =+-@'\"、，,；;/\n（）()〔〕：.。-－．　\t△"


def _takes(kind: TypeAdapter[str], text: str) -> bool:
    try:
        return kind.validate_python(text) == text
    except ValidationError:
        return False


titles = st.text(SIGNS.replace("\n", "").replace("\t", ""), min_size=1, max_size=12).filter(lambda t: _takes(TITLE, t))
short = titles.filter(lambda text: not set(text) & set("；;"))
texts = st.text(SIGNS, min_size=1, max_size=40).filter(lambda text: _takes(LONG_TEXT, text))


@st.composite
def units(draw: st.DrawFn) -> list[Held]:
    names = draw(st.lists(titles, min_size=1, max_size=4, unique_by=lambda name: "".join(name.split()).casefold()))
    return [
        Held(
            {
                "code": f"330324-u{place}",
                "name": name,
                "short_name": name,
                "aliases": draw(st.lists(short, max_size=3, unique=True)),
                "kind": draw(st.sampled_from(["department", "township", "external"])),
                "parent": None,
                "social_credit_code": None,
                "note": draw(st.none() | texts),
                "document": None,
            },
            date(2009, 7, 6),
            draw(st.none() | st.just(date(2027, 1, 1))),
        )
        for place, name in enumerate(names)
    ]


def holdings_of(held: list[Held], notes: list[str]) -> dict[ListName, list[Held]]:
    found: dict[ListName, list[Held]] = {name: [] for name in LISTS}
    found["units"] = held
    found["obligations"] = [
        Held(
            {"body": "meeting", "kind": "special_session", "times_per_year": 1, "windows": [], "hears": notes,
             "decides": [], "source": "二.1"},
            date(2009, 7, 6), None,
        )
    ]  # fmt: skip
    found["bodies"] = [
        Held({"code": "meeting", "name": "常务会议", "office": held[0].record["code"]}, date(2009, 7, 6), None)
    ]
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(held=units(), notes=st.lists(titles, max_size=3))
def test_what_is_written_is_read_back_as_the_same(held: list[Held], notes: list[str]) -> None:
    holdings = holdings_of(held, notes)
    names: list[ListName] = ["units", "bodies", "obligations"]
    files = {
        "a.xlsx": as_workbook(holdings, names, DAY, NOW, "永嘉县"),
        "a.json": as_json(holdings, names, DAY, NOW),
        **{f"{name}.csv": as_csv(holdings, name) for name in names},
    }
    for name, content in files.items():
        only = next((each for each in names if name == f"{each}.csv"), None)
        lines = Planner(holdings, Intent(DAY, complete=only is None)).plan(read_file(content, name, only))
        other = [(line.key, line.action, line.changes, line.faults) for line in lines if line.action != "unchanged"]
        assert other == [], name
