"""What stands above a method's criteria, in Chinese: who is assessed, when, how totals are rounded and graded."""

from collections.abc import Iterable
from typing import Any

from services.scoring.grading import Block, Subjects, share_text
from services.scoring.method import Method
from services.scoring.rules.numbers import plain
from services.scoring.scores import rounding_text
from services.scoring.wording import indicator_text

_KINDS = {"township": "乡镇", "department": "部门", "association": "协会", "institution": "事业单位"}
_BODIES = {"coordination-meeting": "服务业工作部门协调会议", "executive-meeting": "县政府常务会议"}


def heading(method: Method) -> Iterable[tuple[str, str]]:
    """Yield what stands above the table: name and text."""
    subjects = method.subjects
    named = _named(subjects) + (f"，{'、'.join(subjects.left_out)} 除外" if subjects.left_out else "")
    yield "办法", f"{method.title}（{method.method} 第{method.version}版）"
    yield "依据", method.document or "未写明文号"
    yield "考核对象", ("部门" if method.group == "departments" else "乡镇") + f"：{named}"
    for each in subjects.classes:
        yield f"{each.title}（{each.code}）", f"{len(each.units)}个单位，总分 {plain(method.full_total(each.code))}"
    if method.blocks:
        yield "板块", "；".join(_block(method, block) for block in method.blocks)
    for indicator in method.indicators:
        if indicator.formula is not None:
            yield indicator.title, "= " + indicator_text(method, indicator.formula)
    yield "考核期", f"{method.assessed.start} 至 {method.assessed.end}（按事项发生日）"
    if not isinstance(method.total, dict):
        yield "总分", plain(method.full_total(None))
    rounds = method.rounds
    yield (
        "取舍",
        f"各项{rounding_text(rounds.criterion, rounds)}；总分{rounding_text(rounds.total, rounds)}"
        + (f"；板块{rounding_text(rounds.block, rounds)}" if method.blocks and rounds.block is not None else ""),
    )
    until = method.late_data.until
    yield "迟到数据", "公布前到达的均计入" if until == "publication" else f"{until} 以后到达的不计"
    if method.grades:
        yield "等次", "；".join(_grade(grade) for grade in method.grades)
    if method.tie_break:
        titles = {criterion.code: criterion.title for criterion in method.criteria}
        titles |= {block.code: block.title for block in method.blocks}
        yield "总分相同", "依次比较：" + "、".join(titles.get(code, code) for code in method.tie_break)
    if method.roll_up:
        yield "计入", f"{method.roll_up.to}，总分 × {plain(method.roll_up.weight)}"
    if method.rectification:
        yield "整改", f"低于 {plain(method.rectification.below)} 分，公布后 {method.rectification.due_days} 天内整改"


def _block(method: Method, block: Block) -> str:
    fulls = {each: method.full_marks(block, each.code if each else None) for each in method.classes()}
    if len(set(fulls.values())) == 1:
        text = f"{block.title} {plain(next(iter(fulls.values())))} 分"
    else:
        text = block.title + "、".join(f" {each.title} {plain(full)} 分" for each, full in fulls.items() if each)
    mean = "，取各项平均" if block.combine == "mean" else ""
    weight = f"，计入总分时 × {plain(block.weight)}" if block.weight != 1 else ""
    return text + mean + weight


def _named(subjects: Subjects) -> str:
    if subjects.units:
        return f"{len(subjects.units)}个单位"
    if subjects.kind is not None:
        return f"全部{_KINDS.get(subjects.kind, subjects.kind)}"
    role = "成员单位" if subjects.role == "member" else subjects.role
    return f"{_BODIES.get(subjects.body or '', subjects.body)}的{role}"


def _grade(grade: Any) -> str:  # noqa: ANN401 - a Grade
    quota = ""
    if grade.quota is not None:
        quota = (
            f"，不超过 {grade.quota.top} 个"
            if grade.quota.top is not None
            else f"，不超过 {share_text(grade.quota.share)}"
        )
    return f"{grade.title} {grade.band}{quota}"
