"""`python -m shared.contracts.catalogue_page`: write docs/events.md, the event catalogue for other platforms.

Everything comes from the payload models, their docstrings and the golden schemas' own description of each member. A
member without a description takes its meaning from `MEANINGS`; one that has neither is an error, so none is left dark.
"""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts.catalogue import PAYLOADS, PRODUCERS
from shared.contracts.golden import schema_of
from shared.contracts.meetings import MeetingFact, ObligationFact
from shared.contracts.payload import Payload
from shared.contracts.registry import (
    BodyChanged,
    CalendarChanged,
    DocumentRecorded,
    DutyAssigned,
    DutyRevoked,
    IncumbencyChanged,
    MembershipChanged,
    PortfolioChanged,
    PostChanged,
    RegisterEntryChanged,
    SectorChanged,
    UnitChanged,
    UnitRegistered,
    UnitRetired,
    UnitsMerged,
    UnitSplit,
)
from shared.contracts.scoring import (
    AdjustmentApproved,
    AppealFact,
    AssessmentClosed,
    AssessmentPublished,
    CityEvaluationImported,
    ClosingAbandoned,
    MethodAdopted,
    OrderFact,
    ResultRolledUp,
    ScoreEntered,
    TallyUpdated,
)
from shared.contracts.tasks import PlanFact, ProblemFact, ProjectPlanned, ProjectProgressed, ReportFact, TaskFact

PAGE = Path(__file__).resolve().parents[2] / "docs" / "events.md"

AGGREGATES: Mapping[type[Payload], str] = {
    UnitRegistered: "the unit; key = its code",
    UnitChanged: "the unit; key = its code",
    UnitRetired: "the unit; key = its code",
    UnitsMerged: "the unit that ceased; key = its code",
    UnitSplit: "the unit that was divided; key = its code",
    DutyAssigned: "the unit that holds the duty, itself or by a post; key = its code",
    DutyRevoked: "the unit that held the duty, itself or by a post; key = its code",
    PostChanged: "the post; key = `post:<code>`",
    IncumbencyChanged: "the post; key = `post:<code>`",
    PortfolioChanged: "the post; key = `post:<code>`",
    SectorChanged: "the sector or theme; key = `sector:<code>`",
    CalendarChanged: "the year's calendar; key = `calendar-<year>`",
    RegisterEntryChanged: "the register entry; key = `entry_id`",
    BodyChanged: "the body; key = its code",
    MembershipChanged: "the body; key = its code",
    DocumentRecorded: "the document; key = its number",
    TaskFact: "the task with all its assignments; key = `task_id`",
    ReportFact: "one expected report; key = `report_id`",
    ProblemFact: "the problem; key = `problem_id`",
    ProjectPlanned: "the major project; key = `project_id`",
    ProjectProgressed: "the major project; key = `project_id`",
    PlanFact: "the division plan; key = `plan_id`",
    MeetingFact: "the meeting with agenda, attendance, resolutions and minutes; key = `meeting_id`",
    ObligationFact: "the obligation of a year; key = `obligation_id`",
    MethodAdopted: "the method; key = its code",
    ScoreEntered: "the entered score; key = `score_id`",
    AdjustmentApproved: "the adjustment; key = `adjustment_id`",
    AppealFact: "the appeal; key = `appeal_id`",
    AssessmentClosed: "the publication; key = `publication_id`",
    ClosingAbandoned: "the publication; key = `publication_id`",
    AssessmentPublished: "the publication; key = `publication_id`",
    ResultRolledUp: "the publication; key = `publication_id`",
    CityEvaluationImported: "the city's evaluation; key = `evaluation_id`",
    OrderFact: "the order; key = `order_id`",
    TallyUpdated: "a unit under a method; key = `<method>/<unit>`; on the topic `scoring.tallies`",
}
"""What an event belongs to, by the payload or its base; it decides key, order and version line."""

MEANINGS: Mapping[str, str] = {
    "adjustment_id": "The adjustment.",
    "adopted_on": "The county's day of the decision.",
    "aliases": "Other names of the same unit.",
    "appeal_id": "The appeal.",
    "appeal_until": "Last day on which units may appeal, until 24:00 in the county.",
    "assessed_from": "First assessed day.",
    "assignment_due_on": "Last day of this unit's part; it ends at 24:00 in the county.",
    "assignments": "Every assignment that the fact touches.",
    "attendance": "Whether the unit came itself, by a stand-in, was excused or absent.",
    "average": "The average of the city's counties.",
    "basis_document": "Number of the document on which the extension rests.",
    "best": "The best value in the city.",
    "body": "Code of a body in the registry.",
    "body_digest": "SHA-256 of `body` in canonical JSON.",
    "cause": "Why the assignment passed on: bounced, a change of organisation, or decided.",
    "chair_post": "Code of the post that takes the chair.",
    "clauses": "The parts of the duty item.",
    "closed_at": "When the assessment was closed; later events do not count.",
    "cooperating_units": "配合单位.",
    "criterion": "Code of a criterion of the method.",
    "days_late": "Calendar days in the county after the due day.",
    "decided_on": "The county's day of the decision.",
    "decision": "Adopted, adopted in principle, deferred or rejected.",
    "definition": "Code of the report definition.",
    "definition_version": "Version of the report definition.",
    "document": "Number of the document (发文字号) on which it rests.",
    "due_at": "Moment up to which a submission is in time.",
    "due_on": "Last day; it ends at 24:00 in the county.",
    "duty": "Code of the duty item.",
    "edition": "1 is the first; each later one leaves its predecessor as it was.",
    "effective_on": "The county's day whose assessment it belongs to.",
    "ends_at": "When the meeting is to end.",
    "evaluation_id": "The city's evaluation.",
    "grade": "Grade (等次), where the method has grades.",
    "group": "Whom the method assesses.",
    "held_on": "The county's day on which it was held.",
    "holder_post": "Post that holds the role.",
    "holder_unit": "Unit that holds the role.",
    "indicator": "Code of the indicator.",
    "indicators": "Each indicator as the city published it.",
    "invited_units": "Units that are invited, members and guests.",
    "issuer": "Who issued the document.",
    "kind": "Which kind it is.",
    "lead_unit": "牵头单位.",
    "leader_post": "Post of the leader in charge.",
    "meeting_id": "Id of the meeting.",
    "membership_id": "Id of the membership.",
    "method": "Code of the method.",
    "method_version": "Version of the method.",
    "name": "Official name.",
    "note_digest": "SHA-256 of the unit's note.",
    "note_link": "Path at the owning service where the note can be read.",
    "number": "发文字号.",
    "objects": "Codes of the sectors or themes it is about.",
    "obligation_id": "The obligation of the year.",
    "observations": "The reported values.",
    "office_unit": "Unit that does the body's daily work.",
    "on_time": "Whether the first submission came up to and including the due moment.",
    "order_id": "The order; the task made of it has it as its source.",
    "ours": "The county's own value.",
    "paper_id": "The paper that is asked for.",
    "partners": "Units together with which it is done (会同).",
    "parts": "Into how many tasks the resolution is divided.",
    "percent": "How far along, in per cent.",
    "period": "Period of the value, e.g. 2026, 2026-H1, 2026-Q1 or 2026-01.",
    "places": "Rank, total and grade of each unit.",
    "plan_id": "The division plan.",
    "points": "Sum of the lines' points, before the criterion's formula.",
    "post": "Post that holds the duty.",
    "previous_due_on": "Last day before it was moved.",
    "printed_on": "印发日期.",
    "problem_id": "The problem.",
    "publication_id": "The closing and its publication.",
    "published_on": "The day on which the city published it.",
    "rank": "Place; equal totals share the better one; null where the unit is not ranked.",
    "rater_group": "Code of the group of raters in the method.",
    "reason_digest": "SHA-256 of the reason.",
    "reason_link": "Path at the owning service where the reason can be read.",
    "report_id": "Id of the expected report.",
    "resolution_id": "Id of the resolution.",
    "role": "The role that is held.",
    "rolled_up": "Total times weight.",
    "score": "What the rater gave.",
    "score_id": "The entered score.",
    "scored_on": "The county's day of scoring.",
    "short_name": "Short name.",
    "signed_on": "The county's day of signature.",
    "source_id": "Id or number of the source.",
    "source_kind": "What the task comes from.",
    "starts_at": "When it begins.",
    "submission": "Which submission of the report.",
    "submitted_at": "When it was submitted.",
    "tags": "Words by which methods select tasks.",
    "tallies": "All tallies of the unit under the method.",
    "target": "The target set for the county.",
    "task_id": "Id of the task.",
    "threshold": "The limit that was passed.",
    "title": "Official title.",
    "total": "Total of the assessment, rounded as the method says.",
    "unit": "The unit that it is about.",
    "unit_of_measure": "Unit of measure of the value.",
    "units": "Units concerned.",
    "upheld": "Whether the appeal was right.",
    "valid_from": "First day.",
    "valid_to": "First day on which it holds no longer; absent: open.",
    "value": "The value, exact.",
    "weight": "Weight among other tasks or lines.",
    "window_from": "First day on which the session may be held.",
    "window_to": "Last day on which the session may be held.",
    "withdrawn": "True: taken back; what it gave counts no longer.",
    "written_on": "成文日期.",
    "year": "Calendar year.",
}

_HEAD = """\
# Events

Generated by `make docs` from `shared/contracts/`; do not edit. Envelope, keys, how to consume:
[integration.md](integration.md). Golden JSON schemas stand in `shared/contracts/schemas/`, a whole example of each
event in `shared/contracts/examples/`.

Topics are named `<prefix>.<producer>`, by default `xietiao.tasks` and so on. Decimals are written as strings. A member
that is not *always* there is left out or null. Names of persons and free text never stand in an event.
"""

_WRITTEN: Mapping[str, str] = {
    "^[0-9a-f]{64}$": "64 hex digits",
    "^[0-9]{4}-[0-9]{2}$": "month, e.g. 2026-03",
    "^[0-9a-z]+(-[0-9a-z]+)*$": "code",
}
"""How texts of a pattern are called; any other is a decimal."""
_TYPES: Mapping[str, str] = {"uuid": "UUID", "date": "date", "date-time": "instant"}

Schema = Mapping[str, Any]


class MeaningMissingError(Exception):
    """A member of a payload has neither a description nor an entry in `MEANINGS`."""


def page() -> str:
    """Return the whole page."""
    sections = [_section(name) for name in PRODUCERS]
    return "\n".join([_HEAD, _contents(), *sections])


def aggregate_of(payload: type[Payload]) -> str:
    """Return what an event belongs to; a payload that no entry of `AGGREGATES` covers is an error."""
    for base in payload.__mro__:
        if base in AGGREGATES:
            return AGGREGATES[base]
    raise KeyError(f"{payload.__name__}: say in AGGREGATES what its event belongs to")


def _contents() -> str:
    rows = [
        f"| [`{event_type.removeprefix('cn.xietiao.')}`](#{_anchor(event_type)}) | {_sentence(payload)} |"
        for event_type, payload in PAYLOADS.items()
    ]
    return "\n".join(["| type, without `cn.xietiao.` | what happened |", "| --- | --- |", *rows, ""])


def _section(producer: str) -> str:
    events = [_event(payload) for kind, payload in PAYLOADS.items() if kind.split(".")[2] == producer]
    return "\n".join([f"## {producer}", "", *events])


def _event(payload: type[Payload]) -> str:
    schema = schema_of(payload)
    rows = [f"| `{path}` | {kind} | {given} | {meaning} |" for path, kind, given, meaning in _members(schema, schema)]
    return "\n".join(
        [
            f"### {payload.event_type}",
            "",
            _sentence(payload),
            "",
            f"Aggregate: {aggregate_of(payload)}.",
            "",
            "| member of `data` | type | given | meaning |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


def _members(schema: Schema, root: Schema, prefix: str = "") -> Iterator[tuple[str, str, str, str]]:
    required = schema.get("required", ())
    for name, member in schema["properties"].items():
        core = _core(member)
        given = "always" if name in required else "optional"
        yield f"{prefix}{name}", _kind(core, root), given, _meaning(name, member, core)
        part = _part(core, root)
        if part is not None:
            yield from _members(part, root, f"{prefix}{name}[].")


def _core(member: Schema) -> Schema:
    """Return the member without `or null`."""
    options = [option for option in member.get("anyOf", ()) if option.get("type") != "null"]
    return options[0] if options else member


def _part(core: Schema, root: Schema) -> Schema | None:
    """Return the schema of a list's elements if they are objects of the contract."""
    reference = core.get("items", {}).get("$ref")
    return None if reference is None else root["$defs"][reference.rpartition("/")[2]]


def _kind(core: Schema, root: Schema) -> str:
    if core.get("type") == "array":
        return "list" if _part(core, root) is not None else f"list of {_kind(core['items'], root)}"
    if "enum" in core:
        return "one of " + ", ".join(f"`{value}`" for value in core["enum"])
    if core.get("type") == "string":
        return _text_kind(core)
    return f"{core['type']}{_bounds(core)}"


def _text_kind(core: Schema) -> str:
    if "format" in core:
        return _TYPES[core["format"]]
    if "pattern" in core:
        return _WRITTEN.get(core["pattern"]) or f"decimal{_bounds(core)}"
    return f"text, up to {core['maxLength']}" if "maxLength" in core else "text"


def _bounds(core: Schema) -> str:
    words = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    said = [f"{sign} {core[word]:g}" for word, sign in words.items() if word in core]
    return f" {', '.join(said)}" if said else ""


def _meaning(name: str, member: Schema, core: Schema) -> str:
    own = member.get("description") or MEANINGS.get(name) or core.get("description")
    if own is None:
        raise MeaningMissingError(f"{name}: describe it in its model")
    return str(own)


def _sentence(payload: type[Payload]) -> str:
    return " ".join((payload.__doc__ or "").split())


def _anchor(event_type: str) -> str:
    return event_type.replace(".", "")


def main() -> int:
    """Run from the command line."""
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
