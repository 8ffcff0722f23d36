"""Which rule of a command holds for what hangs on a unit; what no rule names is refused before anything follows."""

from services.registry import store
from services.registry.domain import Viewpoint
from services.registry.errors import not_on_these_days
from services.registry.organisation import store as hanging
from services.registry.organisation.domain import Open
from services.registry.organisation.following import Leaving, follow, stay
from services.registry.organisation.schemas import Follow, Rule
from services.registry.registers import store as registers
from shared.errors import invalid

_STAY = Rule(stay=True)
_ORDER = ("post", "duty", "partner", "membership", "portfolio", "office", "child", "register")


async def let_follow(leaving: Leaving, rules: Follow, *, default: str | None, continues: bool) -> None:
    """Let everything that hangs on the unit follow by its rule; `default` is where it goes without one."""
    hanging_on = await hanging.open_on_unit(leaving.conn, leaving.unit, leaving.day)
    entries = await registers.entries_of_unit(leaving.conn, leaving.unit, leaving.day)
    hanging_on += [Open("register", entry, None) for entry in entries]
    await _check_rules(leaving, rules, hanging_on, continues=continues)
    fallback = Rule(to=default) if default else _STAY if continues else None
    for what in sorted(hanging_on, key=lambda each: _ORDER.index(each.kind)):
        rule = _rule_for(what, rules) or fallback
        if rule is None:
            raise invalid(
                f"follow.{_field(what)}",
                f"{leaving.name(leaving.unit)} still has {_counted(hanging_on, what)}, and no rule says what follows",
                'a rule, e.g. {"to": "330324-fgj"} or {"end": true}; `rest` is for all that is not named',
            )
        if rule.stay:
            stay(leaving, what)
        else:
            await follow(leaving, what, rule.to)


def _rule_for(what: Open, rules: Follow) -> Rule | None:
    if what.kind == "duty":
        return rules.duty_items.get(what.key) or rules.duties or rules.rest
    if what.kind == "membership":
        return rules.bodies.get(what.key) or rules.memberships or rules.rest
    if what.kind == "post":
        return rules.post_items.get(what.key) or rules.posts or rules.rest
    return rules.references or rules.rest


def _field(what: Open) -> str:
    return {"duty": "duties", "membership": "memberships", "post": "posts"}.get(what.kind, "references")


def _counted(hanging_on: list[Open], what: Open) -> str:
    keys = sorted({each.key for each in hanging_on if _field(each) == _field(what)})
    return f"{len(keys)} {_field(what)} ({', '.join(keys)})"


async def _check_rules(leaving: Leaving, rules: Follow, hanging_on: list[Open], *, continues: bool) -> None:
    """Refuse rules for what is not there, and units that are not there on the day."""
    for field, kind, items in (
        ("duty_items", "duty", rules.duty_items),
        ("bodies", "membership", rules.bodies),
        ("post_items", "post", rules.post_items),
    ):
        keys = sorted({each.key for each in hanging_on if each.kind == kind})
        for key in items:
            if key not in keys:
                raise invalid(
                    f"follow.{field}.{key}", f"{leaving.unit} has none of this code", ", ".join(keys) or "none"
                )
    standing = {unit.code for unit in await store.list_units(leaving.conn, Viewpoint(leaving.day))}
    for field, rule in _stated(rules):
        if rule.stay and not continues:
            raise invalid(f"follow.{field}", f"{leaving.unit} does not go on", "to or end")
        if rule.to is not None and rule.to not in standing:
            raise not_on_these_days(f"follow.{field}.to", rule.to, await store.unit_codes(leaving.conn))
    if rules.open_work_to is not None and rules.open_work_to not in standing:
        raise not_on_these_days("follow.open_work_to", rules.open_work_to, await store.unit_codes(leaving.conn))


def _stated(rules: Follow) -> list[tuple[str, Rule]]:
    single = ("rest", "duties", "memberships", "posts", "references")
    named = [(field, rule) for field in single if (rule := getattr(rules, field)) is not None]
    for field in ("duty_items", "bodies", "post_items"):
        named += [(f"{field}.{key}", rule) for key, rule in getattr(rules, field).items()]
    return named
