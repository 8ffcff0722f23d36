"""What a unit states in a report: values, confirmations of warnings, files; read against the definition. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

import orjson

from services.tasks.reports.definitions import ReportDefinition
from services.tasks.reports.domain import AttachedFile, Channel
from services.tasks.reports.errors import WarningsUnconfirmedError, not_confirmable
from services.tasks.reports.expressions import Value
from services.tasks.reports.fields import Stated, observations, read_back, read_values, written
from services.tasks.reports.rules import Checked, Finding
from shared.contracts.tasks import Observation
from shared.errors import FieldFault, InvalidError
from shared.text import digest


@dataclass(frozen=True, slots=True)
class StatedContent:
    """A report's content as it comes in. `confirmations`: why a warning's values are right, by the rule's name."""

    values: Mapping[str, Stated]
    confirmations: Mapping[str, str] = field(default_factory=dict)
    attachments: tuple[UUID, ...] = ()
    channel: Channel = "api"


@dataclass(frozen=True, slots=True)
class ReadContent:
    """A report's content as it is kept: it has no error, and each warning is confirmed."""

    values: Mapping[str, str]
    observations: tuple[Observation, ...]
    checked: Checked
    attachments: tuple[AttachedFile, ...]
    channel: Channel

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all that is stated, in canonical JSON."""
        whole = {
            "values": self.values,
            "confirmed": {each.rule: each.reason for each in self.checked.findings},
            "attachments": [[each.name, each.digest] for each in self.attachments],
        }
        return digest(orjson.dumps(whole, option=orjson.OPT_SORT_KEYS).decode())


def preview(
    definition: ReportDefinition, stated: Mapping[str, Stated], before: Mapping[str, str] | None
) -> tuple[dict[str, Value], Checked]:
    """Return the values and what the rules say of them, confirmed or not; refuse what cannot be read.

    Rules are checked over what can be read even if other values are faulty, so that one refusal names everything.
    """
    values, faults = read_values(definition.fields, stated)
    checked = definition.check(values, None if before is None else read_back(definition.fields, before))
    faults += [finding.fault() for finding in checked.findings if finding.severity == "error"]
    if faults:
        raise InvalidError(*faults)
    return values, checked


def read_content(
    definition: ReportDefinition,
    stated: StatedContent,
    before: Mapping[str, str] | None,
    files: tuple[AttachedFile, ...],
) -> ReadContent:
    """Return the content as it is kept, or refuse it naming rule, field, value and message of each fault."""
    values, checked = preview(definition, stated.values, before)
    warnings = [rule.name for rule in definition.rules if rule.severity == "warning"]
    strangers = [not_confirmable(name, warnings) for name in stated.confirmations if name not in warnings]
    strangers += _file_faults(definition, files)
    if strangers:
        raise InvalidError(*strangers)
    open_warnings = [finding for finding in checked.findings if finding.rule not in stated.confirmations]
    if open_warnings:
        raise WarningsUnconfirmedError(open_warnings)
    return ReadContent(
        values=written(values),
        observations=observations(definition.fields, values),
        checked=replace(checked, findings=tuple(_confirmed(each, stated) for each in checked.findings)),
        attachments=files,
        channel=stated.channel,
    )


def _file_faults(definition: ReportDefinition, files: tuple[AttachedFile, ...]) -> list[FieldFault]:
    if len(files) >= definition.least_attachments:
        return []
    return [
        FieldFault(
            field="attachments",
            reason=f"{len(files)} files",
            expected=f"at least {definition.least_attachments}, uploaded before",
            rule="attachments",
        )
    ]


def _confirmed(finding: Finding, stated: StatedContent) -> Finding:
    return replace(finding, reason=stated.confirmations[finding.rule])
