"""How the demo's year ends: closings, appeals, published results, the city's evaluation and what follows from it."""

from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from typing import Any

from deploy.local.demo_methods import method_code
from deploy.local.demo_year import Step, Story, Year
from deploy.local.seed import method_of
from shared.auth import Role


class Closing:
    """One assessment's result: closed, appealed, decided, published."""

    def __init__(self, year: Year, story: Story) -> None:
        self._year, self._story = year, story
        self._id = ""
        self._appeals: dict[int, str] = {}
        self.method = str(story["method"])
        self.title = method_of(self.method, year.year)["title"]
        self.places: list[dict[str, Any]] = []

    def steps(self) -> Iterator[Step]:
        """Return the way from the closing to the publication."""
        story, year = self._story, self._year
        yield Step(year.day(story["closed"]), self._close, f"考核截止：{self.title}")
        for number, appeal in enumerate(story["appeals"]):
            yield Step(year.day(appeal["filed"]), partial(self._file, number, appeal))
            yield Step(year.day(appeal["decided"]), partial(self._decide, number, appeal))
        yield Step(year.day(story["published"]), self._publish)

    def _close(self) -> None:
        year, method = self._year, method_code(self._year, self.method)
        year.wait_for(
            f"办法 {method} 生效", lambda: year.client.has("scoring", "/v1/standings", method=method, limit=1)
        )
        year.settle()
        self._id = year.client.post("scoring", "/v1/publications", {"method": method})["id"]
        preliminary = year.client.get("scoring", self._path)["preliminary"]
        year.tell(f"公布初步结果：{_first_and_last(preliminary)}")

    @property
    def _path(self) -> str:
        return f"/v1/publications/{self._id}"

    def _file(self, number: int, appeal: Story) -> None:
        unit = self._year.code(appeal["unit"])
        body = {"unit": unit, "criterion": appeal["criterion"], "reason": appeal["reason"]}
        filed = self._year.client.post("scoring", f"{self._path}/appeals", body, role=Role.UNIT, unit=unit)
        self._appeals[number] = filed["id"]
        self._year.tell(f"{self._year.name(appeal['unit'])}申诉：{appeal['reason']}")

    def _decide(self, number: int, appeal: Story) -> None:
        upheld = appeal["upheld"] == "true"
        body = {"upheld": upheld, "points": appeal.get("points", "0"), "reason": appeal["answer"]}
        self._year.client.post("scoring", f"/v1/appeals/{self._appeals[number]}/decide", body)
        answer = f"成立，加{appeal['points']}分" if upheld else "不成立"
        self._year.tell(f"{self._year.name(appeal['unit'])}申诉{answer}：{appeal['answer']}")

    def _publish(self) -> None:
        year, document = self._year, self._year.words(self._story["document"])
        published = year.client.post("scoring", f"{self._path}/publish", {"document": document})
        self.places = year.client.get("scoring", self._path)["result"]
        year.tell(f"以{document}公布《{self.title}》结果：{_first_and_last(self.places)}")
        year.tell(f"  结果校验值 {published['result_digest']}")
        year.tell(f"  结果单 {self._save_sheets()}")
        rolled_up = [place for place in self.places if place.get("rolled_up")]
        if rolled_up:
            year.tell(f"  {len(rolled_up)}个单位的结果按比例计入综合考核")
        self._await_rectifications()

    def _save_sheets(self) -> str:
        folder = self._year.folder
        folder.mkdir(parents=True, exist_ok=True)
        for kind in ("docx", "xlsx"):
            sheets = self._year.client.download("scoring", f"{self._path}/sheets", format=kind)
            (folder / f"{self.title}结果单.{kind}").write_bytes(sheets)
        return str(folder / f"{self.title}结果单.docx")

    def _await_rectifications(self) -> None:
        rule = method_of(self.method, self._year.year).get("rectification")
        if rule is None:
            return
        for place in (each for each in self.places if _is_below(each, Decimal(rule["below"]))):
            name = place["unit"]["name"]
            query = {"unit": place["unit"]["code"], "tag": "rectification", "due_from": f"{self._year.year + 1}-01-01"}
            self._year.wait_for(f"{name}整改任务", partial(self._has_task, query))
            self._year.tell(f"  {name} {place['total']} 分，低于 {rule['below']} 分：整改任务已交办")

    def _has_task(self, query: dict[str, str]) -> bool:
        return bool(self._year.client.get("tasks", "/v1/tasks", **query)["items"])


def _is_below(place: Story, threshold: Decimal) -> bool:
    return "total" in place and Decimal(place["total"]) < threshold


def _first_and_last(places: list[dict[str, Any]]) -> str:
    ranked = [place for place in places if place["rank"] is not None]
    said = [f"第{place['rank']}名{place['unit']['name']} {place['total']}" for place in (*ranked[:1], *ranked[-1:])]
    others = "、".join(place["unit"]["name"] for place in places if place["rank"] is None)
    return "，".join([*said, f"{others}不排名"] if others else said)


class CityEvaluation:
    """The city's published evaluation, its gaps, and the measure against one of them (永政办发〔2009〕106号 四.4)."""

    def __init__(self, year: Year, story: Story) -> None:
        self._year, self._story = year, story

    def steps(self) -> Iterator[Step]:
        """Return the import and the measure."""
        yield Step(self._year.day(self._story["on"]), self._import, f"导入{self._year.words(self._story['title'])}")

    def _import(self) -> None:
        year, story = self._year, self._story
        body = {
            "year": year.year,
            "title": year.words(story["title"]),
            "document": year.words(story["document"]),
            "published_on": year.day(story["on"]).isoformat(),
            "indicators": story["indicators"],
        }
        evaluation = year.client.post("scoring", "/v1/city-evaluations", body)
        for indicator in evaluation["indicators"]:
            year.tell(f"  {indicator['title']}：{'；'.join(gap['text'] for gap in indicator['gaps'])}")
        self._order(evaluation["id"])

    def _order(self, evaluation: str) -> None:
        year, measure = self._year, self._story["improvement"]
        body = {
            "indicator": measure["indicator"],
            "title": measure["title"],
            "lead_unit": year.code(measure["lead"]),
            "cooperating_units": [year.code(short) for short in measure["cooperating"]],
            "due_on": year.day(measure["due"]).isoformat(),
        }
        ordered = year.client.post("scoring", f"/v1/city-evaluations/{evaluation}/improvements", body)
        source = {"source_id": ordered["id"]}
        year.wait_for("改进任务", lambda: bool(year.client.get("tasks", "/v1/tasks", **source)["items"]))
        year.tell(f"  改进措施“{measure['title']}”已成为{year.name(measure['lead'])}的任务，{body['due_on']}到期")
