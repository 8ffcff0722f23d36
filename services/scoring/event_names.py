"""Chinese names of events and fields, as a leader reads them in the explanation of a method."""

from collections.abc import Mapping
from typing import Any

EVENT_NAMES: Mapping[str, str] = {
    "meetings.attendance-recorded": "会议出席登记",
    "meetings.paper-requested": "要求提交会议材料",
    "meetings.resolution-adopted": "会议议定事项",
    "tasks.assignment-acknowledged": "签收任务",
    "tasks.assignment-bounced": "退回任务",
    "tasks.assignment-completed": "任务办结",
    "tasks.assignment-completion-requested": "申请办结",
    "tasks.assignment-extended": "任务延期",
    "tasks.assignment-progressed": "反馈进展",
    "tasks.assignment-reassigned": "任务转交",
    "tasks.assignment-sent-back": "办结申请被驳回",
    "tasks.assignment-went-overdue": "任务到期未办结",
    "tasks.problem-escalated": "问题提交专题会议",
    "tasks.problem-raised": "提出突出问题",
    "tasks.problem-returned": "问题退回",
    "tasks.problem-withdrawn": "问题撤回",
    "tasks.problem-resolved": "问题解决",
    "tasks.project-progressed": "重大项目月度进度",
    "tasks.assignment-targets-set": "下达目标",
    "tasks.assignment-reminded": "催办任务",
    "tasks.project-planned": "重大项目列入年度计划",
    "tasks.report-locked": "报表锁定",
    "tasks.report-reminded": "催报",
    "tasks.report-reopened": "报表重新开放",
    "tasks.report-rescheduled": "报表改期",
    "tasks.report-withdrawn": "免报",
    "tasks.slip-lapsed": "督办单未回复",
    "tasks.report-accepted": "报表通过审核",
    "tasks.report-corrected": "报表更正",
    "tasks.report-opened": "报表开始填报",
    "tasks.report-sent-back": "报表被退回",
    "tasks.report-submitted": "报送报表",
    "tasks.report-went-overdue": "报表到期未报",
    "tasks.slip-answered": "回复督办单",
    "tasks.slip-issued": "收到督办单",
    "tasks.task-assigned": "交办任务",
    "tasks.task-cancelled": "撤销任务",
    "tasks.task-reopened": "任务重新办理",
    "tasks.task-resumed": "任务恢复办理",
    "tasks.task-suspended": "任务中止",
}

_FIELDS: Mapping[str, str] = {
    "role": "角色",
    "tags": "标签",
    "source_kind": "来源",
    "days_late": "逾期天数",
    "definition": "报表",
    "on_time": "按时",
    "attendance": "出席情况",
    "approved": "经批准",
    "colour": "督办单颜色",
    "kind": "会议类型",
    "body": "会议机构",
    "cause": "原因",
    "extension": "第几次延期",
    "submission": "第几次报送",
    "period": "期别",
    "percent": "进度",
    "weight": "权重",
    "invested": "当月完成投资",
    "invested_to_date": "累计完成投资",
    "planned_in_year": "年度计划投资",
    "completion_rate": "完成率",
    "total_investment": "总投资",
}

_VALUES: Mapping[str, str] = {
    "lead": "牵头", "cooperating": "配合", "true": "是", "false": "否",
    "resolution": "会议议定", "plan_item": "分工方案", "document": "文件", "instruction": "领导批示",
    "problem": "突出问题",
    "present": "到会", "stand_in": "代会", "leave": "请假", "absent": "缺席",
    "blue": "蓝色", "yellow": "黄色", "red": "红色",
    "coordination": "协调会议", "executive": "常务会议", "special": "专题会议",
    "bounced": "退回", "reorganised": "机构调整", "decided": "决定",
}  # fmt: skip


def event_name(name: str) -> str:
    """Return how a leader calls an event."""
    return EVENT_NAMES.get(name, name)


def field_name(name: str) -> str:
    """Return how a leader calls a field of an event."""
    return _FIELDS.get(name, f" {name} ")


def conditions_text(where: Mapping[str, Any], roles: tuple[str, ...] = ()) -> str:
    """Return conditions in brackets; nothing where there are none."""
    stated = [*(f"{_FIELDS.get(field, field)}{_wanted(value)}" for field, value in where.items())]
    if roles:
        stated.insert(0, f"角色为{_any(list(roles))}")
    return f"（{'，'.join(stated)}）" if stated else ""


def _wanted(value: Any) -> str:  # noqa: ANN401 - a condition as written
    if isinstance(value, Mapping):
        if "not" in value:
            return f"不为{_any(value['not'])}"
        if "given" in value:
            return "已写明" if value["given"] == "true" else "未写明"
        low, high = value.get("from"), value.get("to")
        return (f"不少于 {low}" if low else "") + ("且" if low and high else "") + (f"不超过 {high}" if high else "")
    return f"为{_any(value)}"


def _any(value: Any) -> str:  # noqa: ANN401 - a condition as written
    values = [value] if isinstance(value, str) else list(value)
    return "或".join(_VALUES.get(each, each) for each in values)
