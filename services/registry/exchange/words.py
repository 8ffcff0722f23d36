"""The Chinese words of the registry's kinds: the first is written into files, any is read."""

from collections.abc import Mapping
from types import MappingProxyType

Words = Mapping[str, tuple[str, ...]]


def _words(**of_values: str) -> Words:
    return MappingProxyType({value: tuple(words.split()) for value, words in of_values.items()})


UNIT_KINDS = _words(
    department="部门 县直部门",
    township="乡镇 乡镇街道 街道",
    association="协会 社会团体",
    institution="机关 机构",
    leading_office="办公机构 领导机关办公室",
    vertical="垂直管理单位 垂直管理",
    external="外部单位 县外单位",
)
ROLES = _words(
    convener="召集人",
    deputy_convener="副召集人",
    assistant_convener="协助召集人",
    member="成员 成员单位",
    office="办公室",
)
SECTOR_KINDS = _words(sector="行业", theme="事项")
DUTY_KINDS = _words(
    comprehensive_coordination="综合协调",
    planning="规划",
    guide_coordinate="指导协调",
    organise="组织",
    lead_implementation="牵头实施 牵头组织实施",
    supervise="监督管理 监督",
    policy="政策 政策制订",
    statistics="统计",
    monitor_analyse="监测分析",
    recognise="认定",
    recommend="推荐",
    promote="宣贯",
    catalogue="建立目录 目录",
    office="办公室工作 办公室",
    assess="考核 评价",
)
