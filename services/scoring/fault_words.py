"""The reasons for which a method or facts are refused, in Chinese, for whoever wrote them."""

import re

_WORDS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), words)
    for pattern, words in (
        (r"^Field required$", "缺少这一项"),
        (r"^Extra inputs are not permitted$", "没有这一项，请核对键名"),
        (r"greater than or equal to (\S+)$", r"应不小于 \1"),
        (r"greater than (\S+)$", r"应大于 \1"),
        (r"less than or equal to (\S+)$", r"应不大于 \1"),
        (r"^Input tag '(.+?)' found .* expected tags: (.+)$", r"没有规则 \1；有：\2"),
        (r"^Unable to extract tag using discriminator", "没有写明规则 kind"),
        (r"valid decimal|valid integer|valid number|Decimal input should be an integer", "不是数字"),
        (r"is no whole number; write", "不是整数，用 0～9 写出，如 3"),
        (r"sum: (\S+) of (\S+) is no number; numbers are: (.+)$", r"事项 \2 的 \1 不是数字，不能合计；可以合计：\3"),
        (r"valid string", "应为文字"),
        (r"valid dictionary", "应写成“键: 值”"),
        (r"is no number; write", "不是数字，用 0～9 写出，如 3 或 0.5"),
        (r"is no percentage; write", "不是百分数，写作 80% 或 0.8"),
        (r"no more than (\d+) digits", r"数字过长，最多 \1 位"),
        (r"no more than (\d+) decimal places", r"小数过长，最多 \1 位"),
        (r"a number is no date|more than a day", "不是日期，应写作 2026-03-05"),
        (r"at most (\d+) characters", r"最多 \1 个字"),
        (r"at most (\d+) items", r"最多 \1 项"),
        (r"(\d+) faults more", r"另有 \1 处"),
        (r"characters are no method", "文件过大，不是一份办法"),
        (r"valid tuple|valid list", "应写成列表"),
        (r"cannot read from|unexpected|ends too early|is not closed|nested deeper", "公式读不懂"),
        (r"aliases \(", "不接受 YAML 引用（*名称），请逐项写明"),
        (r"observations\.\d+\.values: (\S+) has (\S+) (\S+) twice$", r"\1 的 \2 在 \3 期写了两次"),
        (r"units: (.+) stands twice", r"单位 \1 写了两次"),
        (r"day on which it happened is needed", "应写明发生日期 on，如 2026-03-05"),
        (r"(\S+) is not among the units", r"units 中没有 \1"),
        (r"to: (\S+) is below from: (\S+)$", r"to 的 \1 小于 from 的 \2"),
        (r"valid date", "不是日期，应写作 2026-03-05"),
        (r"at least 1 item", "至少要有一项"),
        (r"at least 1 character", "不能为空"),
        (r"should match pattern", "格式不对"),
        (r"no event of units is called (\S+);", r"没有事项 \1"),
        (r"(\S+) has no field (\S+);", r"事项 \1 没有字段 \2"),
        (r"overlap", "分数段重叠"),
        (r"is no interval|an interval is a text", "不是区间，应写作 [80, 90)"),
        (r"holds no number", "区间内没有数值，请核对两端"),
        (r"add up to (\S+), not (\S+)$", r"各项分值合计 \1，不是写明的总分 \2"),
        (r"the key (.+) stands twice", r"键 \1 写了两次"),
        (r"found character '\\t'", "用了制表符（Tab），请改用空格"),
        (r"no YAML", "不是 YAML 文件"),
        (r"no UTF-8", "文件应存为 UTF-8 编码"),
        (r"to: (\S+) is before from: (\S+)$", r"止日 \1 早于起日 \2"),
        (r"is no condition; write", "条件写法不对，可用一个值、[多个值]、{from, to}、{not: …}、{given: true}"),
        (r"from and to are for numbers and dates", "from 和 to 只用于数字和日期"),
        (r"cannot differ by class; what can: (.+)$", r"不能按类别不同；可以不同的：\1"),
        (r"cannot be stated here, only of the whole", "只能写在项目上，不能写在分项规则里"),
        (r"points: state either points or escalating", "points 与 escalating 应写其一"),
        (r"escalating says what each incident gives", "项目已有 escalating，各事项不再写分值"),
        (r"must ascend by days", "应按天数由小到大，每档一次"),
        (r"a band gives more than the full marks (\S+)$", r"有分档高于满分 \1"),
        (r"each of level, growth, increment once", "level、growth、increment 各只能写一次"),
        (r"contradict direction", "满意值与不允许值的高低和 direction 不符"),
        (r"and must be above 0$", "base 与 span 之和应大于零"),
        (r"each code may stand once|in more than one place", "代码或单位重复"),
        (r"no unit stands twice$", "每组至少两个单位，同一单位只能出现一次"),
        (r"state (?:one of|either|top or) ?(.*)$", r"应写明其一：\1"),
        (r"(\S+) is not assessed by it", r"\1 不是考核对象"),
        (r"(\S+) has no such field", r"事项 \1 没有这个字段"),
        (r"a finite number|valid UUID", "写法不对"),
        (r"valid boolean", "应为 true 或 false"),
        (r"Datetimes provided to dates", "不是日期，应写作 2026-03-05"),
        (r"at_most: (\S+) is below at_least: (\S+)$", r"at_most 的 \1 小于 at_least 的 \2"),
        (r"needs at_least or at_most", "应写明 at_least 或 at_most"),
        (r"taken_back_by needs", "写了 taken_back_by，还应写明 key，如 [task_id]"),
        (r"at least one value is needed", "至少要有一个值"),
        (r"Input should be (.+)$", r"应为 \1"),
    )
)


def words_for(reason: str) -> str:
    """Return a reason in Chinese; nothing where there are no words for it."""
    for pattern, words in _WORDS:
        found = pattern.search(reason)
        if found is not None:
            return found.expand(words)
    return ""
