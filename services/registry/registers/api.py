"""The registers over HTTP: one set of routes for all of them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from services.registry.api.asking import AsOf, position_after
from services.registry.registers import operations, store
from services.registry.registers.domain import EntryFilter
from services.registry.registers.errors import EntryNotFoundError
from services.registry.registers.kinds import REGISTERS
from services.registry.registers.schemas import AmendEntry, EndEntry, RecordEntry
from services.registry.registers.views import EntryView, HistoryView, KnownEntryView, RegistersView, RegisterView
from shared.commands import OfficeEdge, answer
from shared.pages import Page, PageQuery
from shared.runtime import Caller, ReadConnection
from shared.web import refusals

router = APIRouter(prefix="/v1/registers", tags=["registers"])

RegisterName = Annotated[str, Path(description=f"One of {', '.join(REGISTERS)}.", max_length=64)]


@router.get("", responses=refusals())
async def list_registers(_caller: Caller) -> RegistersView:
    """List the registers, with the states and fields that each keeps."""
    return RegistersView(items=[RegisterView.of(register) for register in REGISTERS.values()])


@router.get("/{register}", responses=refusals(404))
async def list_entries(  # noqa: PLR0913, PLR0917 - each filter is a parameter
    register: RegisterName,
    page: PageQuery,
    as_of: AsOf,
    conn: ReadConnection,
    _caller: Caller,
    q: Annotated[
        str | None, Query(description="Text in key, title or fields, e.g. 旅游.", min_length=1, max_length=100)
    ] = None,
    status: Annotated[str | None, Query(max_length=32)] = None,
    sector: Annotated[str | None, Query(description="Code of a sector or theme.", max_length=64)] = None,
    unit: Annotated[str | None, Query(description="Code of the unit in charge.", max_length=64)] = None,
    year: Annotated[int | None, Query(description="Year, in registers that keep one.", ge=1949, le=2199)] = None,
    level: Annotated[str | None, Query(description="Level of a standard.", max_length=32)] = None,
    where: Annotated[
        list[str] | None,
        Query(description="A field of the register and its value, e.g. grade:famous; may be repeated.", max_length=10),
    ] = None,
) -> Page[EntryView]:
    """List the entries of a register on a day."""
    stated = {"year": year, "level": level, **operations.stated_fields(register, where or [])}
    wanted = EntryFilter(
        register=register,
        text=q,
        status=status,
        sector=sector,
        unit=unit,
        fields={name: value for name, value in stated.items() if value is not None},
    )
    entries = await store.list_entries(conn, as_of, wanted, after=position_after(page), limit=page.fetch)
    return page.cut(entries, EntryView.of, lambda entry: [entry.position])


@router.post("/{register}", status_code=201, response_model=EntryView, responses=refusals(403, 404, 409))
async def record_entry(register: RegisterName, body: RecordEntry, edge: OfficeEdge) -> Response:
    """Enter an entry (office); 409 if its key is another entry's on some of the same days."""
    return await edge.run(
        "record-entry",
        f"{register}/{body.key}",
        lambda conn, act: operations.record_entry(conn, act, register, body),
        view=EntryView.of,
        body=body,
        status=201,
    )


@router.get("/{register}/{entry}", response_model=EntryView, responses=refusals(404))
async def show_entry(
    register: RegisterName, entry: UUID, as_of: AsOf, conn: ReadConnection, _caller: Caller
) -> Response:
    """Show an entry on a day; the ETag is what If-Match takes."""
    operations.register_named(register)
    found = await store.list_entries(conn, as_of, EntryFilter(register=register, id=str(entry)))
    if not found:
        raise EntryNotFoundError(f"the register {register} has no entry {entry} on {as_of.day}")
    return answer(EntryView.of(found[0]))


@router.get("/{register}/{entry}/history", responses=refusals(404))
async def show_history(register: RegisterName, entry: UUID, conn: ReadConnection, _caller: Caller) -> HistoryView:
    """Show all that was ever known of an entry: who said it when, by which document; latest first."""
    operations.register_named(register)
    known = await store.entry_history(conn, str(entry))
    if not known or known[0].entry.register != register:
        raise EntryNotFoundError(f"the register {register} has no entry {entry}")
    return HistoryView(items=[KnownEntryView.of(each) for each in known])


@router.put("/{register}/{entry}", response_model=EntryView, responses=refusals(403, 404, 409, 412))
async def amend_entry(register: RegisterName, entry: UUID, body: AmendEntry, edge: OfficeEdge) -> Response:
    """Say what an entry is from a day on (office); what it was before stays known."""
    return await edge.run(
        "amend-entry",
        f"{register}/{entry}",
        lambda conn, act: operations.amend_entry(conn, act, register, str(entry), body),
        view=EntryView.of,
        body=body,
    )


@router.post("/{register}/{entry}/end", response_model=EntryView, responses=refusals(403, 404, 409, 412))
async def end_entry(register: RegisterName, entry: UUID, body: EndEntry, edge: OfficeEdge) -> Response:
    """End an entry (office)."""
    return await edge.run(
        "end-entry",
        f"{register}/{entry}",
        lambda conn, act: operations.end_entry(conn, act, register, str(entry), body),
        view=EntryView.of,
        body=body,
    )
