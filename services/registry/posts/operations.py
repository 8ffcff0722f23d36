"""Posts, incumbencies and portfolios by command."""

from dataclasses import replace
from datetime import date

from services.registry import assigning, keeping, store
from services.registry.changes import store as changes
from services.registry.changes.domain import uncovered
from services.registry.changes.operations import changing
from services.registry.domain import Days, Incumbency, Named, Portfolio, Post
from services.registry.errors import DanglingError, OverlapError, PostNotFoundError, not_on_these_days
from services.registry.organisation import store as hanging
from services.registry.organisation.following import Leaving, end_post
from services.registry.posts.schemas import (
    Appoint,
    ChangePost,
    CorrectIncumbency,
    CorrectPost,
    EndPost,
    GivePortfolio,
    SetUpPost,
    TakePortfolio,
    Vacate,
)
from shared.auth import Role
from shared.commands import Act
from shared.errors import invalid
from shared.postgres import Connection


async def set_up(conn: Connection, act: Act, body: SetUpPost) -> str:
    """Set up a post; refuse a code that is taken on some of these days."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "set-up-post", document=body.document):
        post = body.as_post()
        for other in await changes.post_timeline(conn, post.code):
            if other.days.overlaps(post.days):
                raise OverlapError(f"{post.code} is {other.title} {other.days}", [f"days before {other.valid_from}"])
        await _expect_unit(conn, post)
        await keeping.enter_post(conn, act, post, document=body.document)
    return post.code


async def change(conn: Connection, act: Act, code: str, body: ChangePost) -> str:
    """Change a post from a day on, up to its next change that is known already."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "change-post", document=body.document):
        post = await _standing(conn, code, body.effective_on)
        changed = replace(
            post.on(post.days.since(body.effective_on) or post.days),
            title=body.title or post.title,
            unit=Named(body.unit) if body.unit else post.unit,
        )
        await _expect_unit(conn, changed)
        await keeping.amend_post(conn, act, changed, document=body.document)
    return code


async def correct(conn: Connection, act: Act, code: str, body: CorrectPost) -> str:
    """Correct a post on some days; days before its first or after its last are entered as the nearest known ones."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "correct-post", correction=True, reason=body.reason):
        known = await changes.post_timeline(conn, code)
        if not known:
            raise PostNotFoundError(f"there is no post {code}")
        if body.never:
            held = await hanging.open_on_post(conn, code, body.days.first, body.days.end)
            if held:
                raise DanglingError(f"{code} holds {', '.join(map(str, held))} {body.days}", ["correct these first"])
            await keeping.cut_post(conn, act, code, body.days)
            return code
        rows = [post.on(days) for post in known if (days := post.days.common(body.days)) is not None]
        rows += [known[0].on(gap) for gap in uncovered(body.days, [post.days for post in known])]
        for post in rows:
            unit = Named(body.unit) if body.unit else post.unit
            corrected = replace(post, title=body.title or post.title, unit=unit)
            await _expect_unit(conn, corrected)
            await keeping.amend_post(conn, act, corrected)
    return code


async def end(conn: Connection, act: Act, code: str, body: EndPost) -> str:
    """End a post; refuse while something hangs on it, unless that is to end too."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "end-post", document=body.document):
        post = await _standing(conn, code, body.effective_on)
        held = await hanging.open_on_post(conn, code, body.effective_on)
        if held and not body.with_all:
            raise DanglingError(
                f"{code} still holds {', '.join(map(str, held))}", ["with_all: true", "give these to others first"]
            )
        leaving = Leaving(conn, act, post.unit.code, body.effective_on, body.document, {})
        await end_post(leaving, code, body.effective_on)
    return code


async def appoint(conn: Connection, act: Act, post: str, body: Appoint) -> str:
    """Let a person be in a post; refuse days on which another is, naming the row, unless that is replaced."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "appoint", document=body.document):
        incumbency = body.as_incumbency(post)
        await _expect_post(conn, post, incumbency.days)
        for other in await changes.incumbency_timeline(conn, post):
            if other.days.overlaps(incumbency.days) and not body.replace:
                raise OverlapError(
                    f"{other.person} is in {post} {other.days}", ["replace: true", f"days before {other.valid_from}"]
                )
        await assigning.amend_incumbency(conn, act, incumbency)
    return post


async def vacate(conn: Connection, act: Act, post: str, body: Vacate) -> str:
    """Let nobody be in a post from a day on."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "vacate", document=body.document):
        await _standing(conn, post, body.effective_on)
        if not await assigning.end_incumbency(conn, act, post, Days(body.effective_on)):
            raise invalid("effective_on", f"nobody is in {post} from {body.effective_on} on", "a day on which one is")
    return post


async def correct_incumbency(conn: Connection, act: Act, post: str, body: CorrectIncumbency) -> str:
    """Correct who was in a post on some days."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "correct-incumbency", correction=True, document=body.document, reason=body.reason):
        await _expect_post(conn, post, body.days)
        if body.person is None:
            await assigning.end_incumbency(conn, act, post, body.days)
        else:
            right = Incumbency(
                post=post,
                person=body.person,
                document=body.document,
                valid_from=body.valid_from,
                valid_to=body.valid_to,
            )
            await assigning.amend_incumbency(conn, act, right)
    return post


async def give(conn: Connection, act: Act, post: str, body: GivePortfolio) -> str:
    """Put a post in charge; refuse a scope that it has on some of these days, unless that is replaced."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "give-portfolio", document=body.document):
        portfolio = body.as_portfolio(post)
        await _expect_post(conn, post, portfolio.days)
        await _expect_objects(conn, portfolio)
        for other in await changes.portfolio_timeline(conn, post, scope=portfolio.scope):
            if other.days.overlaps(portfolio.days) and not body.replace:
                raise OverlapError(
                    f"{post} has {other.scope} {other.days} ({other.source})",
                    ["replace: true", f"days before {other.valid_from}"],
                )
        await assigning.amend_portfolio(conn, act, portfolio)
    return post


async def take(conn: Connection, act: Act, post: str, body: TakePortfolio) -> str:
    """Let a post be in charge of a scope no more."""
    act.principal.require(Role.OFFICE)
    async with changing(conn, act, "take-portfolio", document=body.document):
        await _standing(conn, post, body.effective_on)
        known = await changes.portfolio_timeline(conn, post)
        scopes = [each.scope for each in known if each.days.since(body.effective_on)]
        if not scopes or (body.scope is not None and body.scope not in scopes):
            raise invalid("scope", f"{post} has no such scope then", "、".join(scopes) or "none is open")
        for scope in dict.fromkeys(scopes if body.scope is None else [body.scope]):
            await assigning.end_portfolio(conn, act, post, scope, Days(body.effective_on))
    return post


async def _standing(conn: Connection, code: str, day: date) -> Post:
    timeline = await changes.post_timeline(conn, code)
    if not timeline:
        raise PostNotFoundError(f"there is no post {code}")
    for post in timeline:
        if post.holds_on(day):
            return post
    said = "; ".join(str(post.days) for post in timeline)
    raise invalid("effective_on", f"{code} does not exist on {day}", f"a day on which it does: {said}")


async def _expect_post(conn: Connection, code: str, days: Days) -> None:
    timeline = await changes.post_timeline(conn, code)
    if not timeline:
        raise PostNotFoundError(f"there is no post {code}")
    if uncovered(days, [post.days for post in timeline]):
        said = "; ".join(str(post.days) for post in timeline)
        raise invalid("effective_on", f"{code} does not exist on all of these days", f"days on which it does: {said}")


async def _expect_unit(conn: Connection, post: Post) -> None:
    if not await store.unit_covers(conn, post.unit.code, post.valid_from, post.valid_to):
        raise not_on_these_days("unit", post.unit.code, await store.unit_codes(conn))


async def _expect_objects(conn: Connection, portfolio: Portfolio) -> None:
    for index, unit in enumerate(portfolio.units):
        if not await store.unit_covers(conn, unit.code, portfolio.valid_from, portfolio.valid_to):
            raise not_on_these_days(f"units.{index}", unit.code, await store.unit_codes(conn))
    for index, sector in enumerate(portfolio.sectors):
        timeline = await changes.sector_timeline(conn, sector.code)
        if uncovered(portfolio.days, [each.days for each in timeline]):
            raise not_on_these_days(f"sectors.{index}", sector.code, await store.sector_codes(conn))
