"""A plan's items from a file: first a proposal that shows each item, fault and change, then, the same way, applied."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from uuid import UUID

from services.tasks.plans import operations, store
from services.tasks.plans.domain import ItemContent, Plan, PlanItem
from services.tasks.plans.dues import EXAMPLES, Due, due_within, read_due
from services.tasks.plans.naming import MEMBERS, TOWNSHIPS, Directory, NamedUnits, joined, only_lead, read_units
from services.tasks.plans.operations import Whole
from services.tasks.plans.reading import PlanFile, RawItem, Written, read_plan
from services.tasks.reports.calendar import store as registry_copies
from shared.clock import county_date
from shared.commands import Act
from shared.errors import FieldFault, InvalidError
from shared.postgres import Connection
from shared.sheets import normalised
from shared.text import LONG_TEXT_MAX, TITLE_MAX

_BODY = "coordination-meeting"
_SERIAL_MAX = 50
_SENTENCE = re.compile(r"[。；;\n]")


@dataclass(frozen=True, slots=True)
class CellFault:
    """What cannot be taken: where it stands, what is written there, why, what would be right."""

    at: str
    text: str
    reason: str
    expected: str | None = None


@dataclass(frozen=True, slots=True)
class ProposedItem:
    """One item as it would be written, or what is wrong with it."""

    at: str
    content: ItemContent | None
    change: str
    faults: tuple[CellFault, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a file would make of a plan."""

    plan_id: UUID
    items: tuple[ProposedItem, ...]
    removed: tuple[str, ...]
    remarks: tuple[str, ...]
    applied: bool = False

    @property
    def faults(self) -> list[CellFault]:
        """Return everything that keeps it from being applied."""
        return [fault for item in self.items for fault in item.faults]


async def propose(conn: Connection, act: Act, plan: Plan, file: PlanFile) -> Proposal:
    """Return what the file would make of the edition being written; nothing is changed."""
    directory = await _directory(conn, act)
    present = {item.content.serial: item for item in (await operations.shown(conn, plan)).items}
    read = [_Reading(raw, plan.year, index, directory) for index, raw in enumerate(file.items, start=1)]
    items = [each.item(present) for each in read]
    serials = [item.content.serial for item in items if item.content is not None]
    items = [_once(item, serials) for item in items]
    removed = tuple(serial for serial in present if serial not in serials)
    return Proposal(plan.id, tuple(items), removed, file.remarks)


async def apply(conn: Connection, act: Act, plan_id: UUID, content: bytes, *, really: bool) -> Proposal:
    """Propose, and if that is wanted and nothing is at fault, make the file's items those of the plan."""
    plan, _ = await operations.writable(conn, act, plan_id)
    file = await asyncio.to_thread(read_plan, content)
    proposal = await propose(conn, act, plan, file)
    if not really:
        return proposal
    if proposal.faults:
        raise InvalidError(
            *(
                FieldFault(
                    field=fault.at,
                    reason=f"{fault.text}: {fault.reason}" if fault.text else fault.reason,
                    expected=fault.expected,
                )
                for fault in proposal.faults
            )
        )
    written: Whole = await operations.write(
        conn, act, plan_id, [item.content for item in proposal.items if item.content is not None]
    )
    await operations.note(conn, act, written.plan, "import")
    return Proposal(plan_id, proposal.items, proposal.removed, proposal.remarks, applied=True)


async def _directory(conn: Connection, act: Act) -> Directory:
    today = county_date(act.occurred_at)
    townships = await registry_copies.units_of_kinds(conn, ["township"], today)
    members = await registry_copies.members_on(conn, [_BODY], today)
    return Directory.of(await store.unit_names(conn), {TOWNSHIPS: townships, MEMBERS: members})


def _once(item: ProposedItem, serials: Sequence[str]) -> ProposedItem:
    if item.content is None or serials.count(item.content.serial) == 1:
        return item
    fault = CellFault(item.at, item.content.serial, "the serial number stands twice", "each once")
    return ProposedItem(item.at, item.content, item.change, (*item.faults, fault), item.remarks)


@dataclass(slots=True)
class _Reading:
    """One item being read."""

    raw: RawItem
    year: int
    index: int
    directory: Directory
    faults: list[CellFault] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def item(self, present: dict[str, PlanItem]) -> ProposedItem:
        """Return the item as it would be written."""
        at = next(iter(self.raw.parts.values())).at
        units, due, weight = self._units(), self._due(), self._weight()
        title, text = self._words()
        if self.faults or units.lead is None or due is None:
            return ProposedItem(at, None, "faulty", tuple(self.faults), tuple(self.remarks))
        content = ItemContent(
            serial=normalised(self.raw.text("serial"))[:_SERIAL_MAX] or str(self.index),
            title=title,
            text=text,
            section=self.raw.section,
            target=normalised(self.raw.text("target")) or None,
            weight=weight,
            due_on=due.day,
            leader=normalised(self.raw.text("leader")) or None,
            lead_unit=units.lead,
            cooperating_units=units.others,
        )
        before = present.get(content.serial)
        return ProposedItem(at, content, _change(before, content), (), tuple(self.remarks))

    def _fault(self, where: Written, reason: str, expected: str | None = None) -> None:
        self.faults.append(CellFault(where.at, where.text, reason, expected))

    def _part(self, *keys: str) -> Written:
        found = [self.raw.parts[key] for key in keys if key in self.raw.parts]
        return next((part for part in found if part.text), found[0] if found else next(iter(self.raw.parts.values())))

    def _words(self) -> tuple[str, str | None]:
        words = normalised(self.raw.text("task"))
        if not words:
            self._fault(self._part("task"), "the task is empty", "what is to be done")
            return "", None
        if len(words) > LONG_TEXT_MAX:
            self._fault(Written(words[:20], self._part("task").at), "is too long", f"{LONG_TEXT_MAX} characters")
        if len(words) <= TITLE_MAX and "\n" not in words:
            return words.rstrip("。；;"), None
        return _SENTENCE.split(words, maxsplit=1)[0][:TITLE_MAX].strip(), words

    def _units(self) -> NamedUnits:
        units, lead, cooperating = (self._named(key) for key in ("units", "lead", "cooperating"))
        first = joined(only_lead(lead), units) if self.raw.text("lead") else units
        named = joined(first, cooperating)
        self.remarks += named.remarks
        if named.lead is None and not named.faults:
            self._fault(self._part("lead", "units"), "no lead unit is named", "the lead first, or marked ★")
        return named

    def _named(self, key: str) -> NamedUnits:
        if not self.raw.text(key):
            return NamedUnits()
        named = read_units(self.raw.text(key), self.directory)
        for reason, expected in named.faults:
            self._fault(self.raw.parts[key], reason, expected)
        return named

    def _due(self) -> Due | None:
        written = normalised(self.raw.text("due"))
        if written:
            due = read_due(written, self.year)
            if due is None:
                self._fault(self.raw.parts["due"], "says no day for certain", EXAMPLES)
        else:
            words = f"{self.raw.text('target')}。{self.raw.text('task')}"
            due = due_within(words, self.year) or read_due("全年", self.year)
            self.remarks.append(f"未列完成时限，按{'' if due is None else due.day.isoformat()}计")
        if due is not None and due.remark is not None:
            self.remarks.append(due.remark)
        return due

    def _weight(self) -> Decimal:
        written = normalised(self.raw.text("weight")).rstrip("分%％")
        if not written:
            return Decimal(1)
        try:
            weight = Decimal(written)
        except InvalidOperation:
            weight = Decimal(0)
        if not 0 < weight <= 1000 or weight != round(weight, 4):  # noqa: PLR2004 - as the API takes it
            self._fault(self.raw.parts["weight"], "is no weight", "a number over 0, up to 1000")
            return Decimal(1)
        return weight


def _change(before: PlanItem | None, content: ItemContent) -> str:
    if before is None:
        return "added"
    kept = before.content
    same = [name for name in ItemContent.__dataclass_fields__ if name not in {"task_id", "kind", "tags", "joint_with"}]
    return "same" if all(getattr(kept, name) == getattr(content, name) for name in same) else "changed"
