"""The edge of every write over HTTP: one request is one transaction.

`CommandEdge.run` opens it, answers a repeated `Idempotency-Key` as before, runs the operation, writes the audit log,
commits, and wakes the relay. A refusal rolls everything back and is audited too.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.auth import BACKDATING, Principal, Role
from shared.clock import Instant
from shared.contracts.envelope import Event
from shared.contracts.payload import Payload
from shared.errors import ForbiddenError, RefusalError, StaleError, UnauthenticatedError, invalid
from shared.postgres import CERTAIN, TRANSIENT, Connection, lent
from shared.runtime import BearerToken, Runtime, correlation_id, current_principal, runtime_of
from shared.text import storable

Result = TypeVar("Result")

_AUDIT = """
insert into audit_log (occurred_at, subject, role, unit, action, target, result, status, correlation_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_RESERVE = """
insert into idempotency (subject, key, request_digest) values ($1, $2, $3) on conflict do nothing returning true
"""
_ANSWERED = "select request_digest, status, headers, answer from idempotency where subject = $1 and key = $2"
_KEEP_ANSWER = "update idempotency set status = $8, headers = $11, answer = $12 where subject = $2 and key = $10"
_AUDIT_AND_KEEP_ANSWER = f"with kept as ({_KEEP_ANSWER}) {_AUDIT}"
"""The answer goes with the line: one round trip, and both or neither."""

_MAX_KEY = 200
_MAX_RESULT = 2000
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_ASK_AGAIN = (
    "the connection to the database broke while the change was being committed: ask again with the same "
    "Idempotency-Key, which does it once, or look whether it was done"
)
_MAX_VERSION_DIGITS = 9


class CommandBody(BaseModel):
    """Base of every command's payload: unknown fields are refused, so that a misspelt one is not lost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    occurred_at: Instant | None = Field(
        None, description="When it happened, if earlier than now; only `office` and `integration` may say so."
    )


class Versioned(BaseModel):
    """Base of views of what can be edited: `version` is also the ETag."""

    version: int = Field(description="Counts the changes; give it as If-Match.")


@dataclass(frozen=True, slots=True)
class Act:
    """Who does what when: what an operation needs to know of its cause."""

    principal: Principal
    occurred_at: datetime
    correlation_id: str
    causation_id: str | None = None
    expected_version: int | None = None
    stated: bool = False
    recorded_at: datetime | None = None

    @property
    def noted_at(self) -> datetime:
        """Return the clock's instant, which is later than `occurred_at` if that was stated."""
        return self.recorded_at or self.occurred_at

    @classmethod
    def because_of(cls, event: Event, service: str) -> "Act":
        """Return the act of a service that follows from another's event, at that event's time."""
        return cls(
            principal=Principal(subject=f"service:{service}", role=Role.OFFICE),
            occurred_at=event.time,
            correlation_id=event.correlationid or event.id,
            causation_id=event.id,
        )

    def require_not_before(self, moment: datetime, what: str) -> None:
        """Refuse a stated event time that is earlier than what the act rests on; a clock that differs is no fault."""
        if self.stated and self.occurred_at < moment:
            raise invalid(
                "occurred_at", f"{self.occurred_at.isoformat()} is before {what}", f"{moment.isoformat()} or later"
            )

    def expect(self, version: int) -> None:
        """Refuse if the caller's If-Match names another version."""
        if self.expected_version is not None and self.expected_version != version:
            raise StaleError(
                f"If-Match names version {self.expected_version}, the current one is {version}; read it again"
            )

    def event(self, payload: Payload, *, subject: str, version: int, time: datetime | None = None) -> Event:
        """Return the event that this act causes; `time` if it happened at another moment."""
        return Event.of(
            payload,
            subject=subject,
            version=version,
            time=time or self.occurred_at,
            correlation_id=self.correlation_id,
            causation_id=self.causation_id,
        )


class OutcomeUnknownError(RefusalError):
    """The connection to the database broke in the commit: done or not, the service does not know."""

    status = 503
    code = "outcome-unknown"
    title = "It is not certain whether this was done"


Operation = Callable[[Connection, Act], Awaitable[Result]]


class CommandEdge:
    """One write request."""

    def __init__(self, request: Request, principal: Principal) -> None:
        """Take what the request's headers say."""
        self._request = request
        self._runtime: Runtime = runtime_of(request)
        self.principal = principal

    async def run(
        self,
        action: str,
        target: str,
        operation: Operation[Result],
        *,
        view: Callable[[Result], BaseModel],
        body: CommandBody | None = None,
        status: int = 200,
    ) -> Response:
        """Run `operation` in one transaction and answer with `view` of its result."""
        act, decided = self._bare_act(), False
        try:
            act = self._stated_act(act, body)
            async with lent(self._runtime.pool) as conn, conn.transaction():
                key, earlier = await self._reserve(conn)
                done = earlier or answer(view(await operation(conn, act)), status)
                await self._note_done(conn, self._line(act, action, target, "done", done.status_code), done, key)
                decided = True
        except TRANSIENT as error:
            if not decided or isinstance(error, CERTAIN):
                raise
            raise OutcomeUnknownError(_ASK_AGAIN) from error
        except RefusalError as refusal:
            await self._note_refused(act, action, target, refusal)
            raise
        self._runtime.wake_relay()
        return done

    async def admit(self, roles: tuple[Role, ...]) -> None:
        """Refuse any other role, and note that it tried."""
        try:
            self.principal.require(*roles)
        except ForbiddenError as refusal:
            await self.note_refused(refusal)
            raise

    async def note_refused(self, refusal: RefusalError) -> None:
        """Put on record what was refused before it was a command."""
        path = self._request.url.path.removeprefix("/v1/")
        name = getattr(self._request.scope.get("route"), "name", self._request.method)
        act = self._bare_act()
        await self._note_refused(act, name.replace("_", "-"), path, refusal)

    async def _note_done(self, conn: Connection, line: Sequence[object], done: Response, key: str | None) -> None:
        """Put on record what was done; under a new key, keep the answer for who asks again."""
        if key is None:
            await conn.execute(_AUDIT, *line)
        else:
            await conn.execute(_AUDIT_AND_KEEP_ANSWER, *line, key, _kept_headers(done), bytes(done.body))
        self._request.state.on_record = True

    async def _reserve(self, conn: Connection) -> tuple[str | None, Response | None]:
        """Return the caller's Idempotency-Key if it is new, or the answer that was given under it."""
        key = self._request.headers.get("idempotency-key")
        if key is None:
            return None, None
        if not 0 < len(key) <= _MAX_KEY:
            raise invalid("Idempotency-Key", f"{len(key)} characters", f"1 to {_MAX_KEY} characters")
        digest = await self._request_digest()
        if await conn.fetchval(_RESERVE, self.principal.subject, key, digest):
            return key, None
        row = await conn.fetchrow(_ANSWERED, self.principal.subject, key)
        if row is None or row["request_digest"] != digest:
            raise invalid("Idempotency-Key", "used before with another request", "a new key for a new request")
        return None, Response(row["answer"], row["status"], {**row["headers"], "idempotent-replayed": "true"})

    async def _request_digest(self) -> str:
        line = f"{self._request.method} {self._request.url.path}\n".encode()
        return hashlib.sha256(line + await self._request.body()).hexdigest()

    def _bare_act(self) -> Act:
        """Return who asks, now: what is on record even if what they state cannot be taken."""
        return Act(self.principal, self._runtime.clock(), correlation_id(self._request))

    def _stated_act(self, bare: Act, body: CommandBody | None) -> Act:
        return replace(
            bare,
            occurred_at=_occurred_at(self.principal, body, bare.occurred_at),
            stated=body is not None and body.occurred_at is not None,
            recorded_at=bare.occurred_at,
            expected_version=_expected_version(self._request.headers.get("if-match")),
        )

    async def _note_refused(self, act: Act, action: str, target: str, refusal: RefusalError) -> None:
        line = self._line(act, action, target, refusal.detail, refusal.status)
        await self._runtime.pool.execute(_AUDIT, *line)
        self._request.state.on_record = True

    def _line(self, act: Act, action: str, target: str, result: str, status: int) -> tuple[object, ...]:
        """Return a line of the audit log."""
        who = self.principal
        return (
            act.occurred_at,
            who.subject,
            who.role.value,
            who.unit,
            action,
            storable(target, _MAX_RESULT),
            storable(result, _MAX_RESULT),
            status,
            act.correlation_id,
        )


async def note_refused_write(request: Request, refusal: RefusalError) -> None:
    """Put on record that a write of a caller who is known was refused, unless the command's edge has done so."""
    unknown = refusal.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if request.method in _READS or unknown or getattr(request.state, "on_record", False):
        return
    try:
        principal = await current_principal(request)
    except UnauthenticatedError:
        return
    await CommandEdge(request, principal).note_refused(refusal)


def _occurred_at(principal: Principal, body: CommandBody | None, now: datetime) -> datetime:
    stated = None if body is None else body.occurred_at
    if stated is None:
        return now
    if principal.role not in BACKDATING:
        raise ForbiddenError(
            "occurred_at: only the roles office and integration may state an earlier time; leave it out"
        )
    if stated > now:
        raise invalid("occurred_at", f"{stated.isoformat()} is in the future", f"at most {now.isoformat()}")
    return stated


def _expected_version(if_match: str | None) -> int | None:
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip().removeprefix("W/").strip('"')
    if not (tag.isascii() and tag.isdigit() and len(tag) <= _MAX_VERSION_DIGITS):
        raise invalid("If-Match", f"{if_match[:40]} is no ETag of this service", 'the ETag as it was sent, e.g. "3"')
    return int(tag)


def answer(content: BaseModel, status: int = 200) -> Response:
    """Return the JSON answer; what can be edited carries its version as ETag."""
    headers = {"etag": f'"{content.version}"'} if isinstance(content, Versioned) else {}
    return Response(content.model_dump_json(), status, headers=headers, media_type="application/json")


def _kept_headers(given: Response) -> dict[str, str]:
    return {name: value for name, value in given.headers.items() if name in {"etag", "content-type"}}


class _Admission(BearerToken):
    """The dependency that lets only some roles in: before the payload is looked at, and on record."""

    def __init__(self, *roles: Role) -> None:
        """Take the roles."""
        super().__init__()
        self._roles = roles

    async def __call__(self, request: Request) -> CommandEdge:  # type: ignore[override] # an edge, no credentials
        """Return the edge of the caller's command."""
        found = CommandEdge(request, await super().__call__(request))
        await found.admit(self._roles)
        return found


def edge_for(*roles: Role) -> _Admission:
    """Return the dependency that lets only these roles in."""
    return _Admission(*roles)


OfficeEdge = Annotated[CommandEdge, Depends(edge_for(Role.OFFICE))]
"""Commands of the office alone."""

UnitEdge = Annotated[CommandEdge, Depends(edge_for(Role.UNIT, Role.OFFICE))]
"""Commands of a unit, or of the office for it; whose unit, the operation says."""

OperatorEdge = Annotated[CommandEdge, Depends(edge_for(Role.OPERATOR, Role.OFFICE))]
"""Commands of who runs the machines."""
