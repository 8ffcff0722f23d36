"""How roles, duties, portfolios and incumbencies are kept: as in `keeping`, with an event for each row."""

from dataclasses import replace
from datetime import date

from services.registry import store, telling
from services.registry.changes import store as changes
from services.registry.changes.domain import Cut, differences
from services.registry.domain import Days, Duty, Holder, Incumbency, Membership, Portfolio, Post
from services.registry.errors import not_on_these_days
from services.registry.keeping import clear, in_place
from services.registry.posts import store as posts
from services.registry.telling import post_aggregate, tell
from shared.commands import Act
from shared.postgres import Connection


async def enter_membership(conn: Connection, act: Act, membership: Membership) -> tuple[Membership, int]:
    """Enter a membership and say so; return it as it is read, with the body's version."""
    version = await store.next_version(conn, membership.body, "body")
    entered = replace(membership, id=await store.add_membership(conn, membership))
    await telling.append(conn, act, telling.membership_changed(entered), membership.body, version)
    return await store.membership_overlapping(conn, membership) or entered, version


async def end_membership(conn: Connection, act: Act, membership: Membership, days: Days) -> None:
    """Take days from a holder's role in a body (body, role and holder of `membership` say which)."""
    key = (membership.body, membership.role, membership.holder)
    known = await changes.membership_timeline(conn, *key)
    await clear(conn, "membership", known, days, store.add_membership)
    for each in differences(known, await changes.membership_timeline(conn, *key)):
        await tell(conn, act, telling.membership_changed(each), each.body, "body")


async def amend_membership(conn: Connection, act: Act, membership: Membership) -> tuple[Membership, int]:
    """Let a holder have the role on these days by this document, whatever was known of them."""
    await end_membership(conn, act, membership, membership.days)
    return await enter_membership(conn, act, membership)


async def enter_duty(conn: Connection, act: Act, duty: Duty) -> None:
    """Enter a duty with its clauses and say so, among the events of the unit that holds it."""
    told_by = duty.aggregate or await _unit_of(conn, duty.holder, duty.valid_from)
    version = await store.next_version(conn, told_by, "unit")
    entered = replace(duty, aggregate=told_by)
    await add_whole_duty(conn, entered)
    await telling.append(conn, act, telling.duty_assigned(entered), told_by, version)


async def add_whole_duty(conn: Connection, duty: Duty) -> None:
    """Write a duty with its clauses."""
    duty_id = await store.add_duty(conn, duty)
    for number, clause in enumerate(duty.clauses, start=1):
        await store.add_clause(conn, duty_id, number, clause)


async def amend_duty(conn: Connection, act: Act, duty: Duty, *, document: str | None = None) -> None:
    """Let a duty item read so and rest with this holder on its days, whatever was known of them.

    `document` is the one that makes the change, if the item itself rests on another.
    """
    cuts = await end_duty(conn, act, duty.code, duty.days, document=document or duty.document)
    await enter_duty(conn, act, in_place(duty, cuts))


async def end_duty(
    conn: Connection, act: Act, code: str, days: Days, *, document: str | None = None
) -> list[Cut[Duty]]:
    """Take days from a duty item, whoever holds it; return what was cut."""
    cuts = await clear(conn, "duty", await changes.duty_timeline(conn, code), days, add_whole_duty)
    for each in cuts:
        fact = each.fact
        revoked_on = each.before.end if each.before and each.before.end else fact.valid_from
        await tell(conn, act, telling.duty_revoked(fact, revoked_on, document), fact.aggregate, "unit")
        if each.after:
            await tell(conn, act, telling.duty_assigned(fact.on(each.after)), fact.aggregate, "unit")
    return cuts


async def _unit_of(conn: Connection, holder: Holder, day: date) -> str:
    """Return the unit whose events tell of a duty: the holder, or the unit of the post that holds it."""
    if holder.unit is not None:
        return holder.unit
    return (await post_on(conn, holder.code, day)).unit.code


async def post_on(conn: Connection, code: str, day: date, field: str = "holder.post") -> Post:
    """Return the post as it is known now on a day; refuse the field if there is none."""
    for post in await changes.post_timeline(conn, code):
        if post.holds_on(day):
            return post
    raise not_on_these_days(field, code, await store.post_codes(conn))


async def enter_portfolio(conn: Connection, act: Act, portfolio: Portfolio) -> Portfolio:
    """Enter what a post is in charge of and say so."""
    post = await post_on(conn, portfolio.post, portfolio.valid_from, "post")
    entered = replace(portfolio, id=await posts.add_portfolio(conn, portfolio))
    await tell(conn, act, telling.portfolio_changed(entered, post.unit.code), post_aggregate(post.code), "post")
    return entered


async def amend_portfolio(conn: Connection, act: Act, portfolio: Portfolio) -> Portfolio:
    """Let a post be in charge of this scope's sectors and units on these days, whatever was known of them."""
    cuts = await end_portfolio(conn, act, portfolio.post, portfolio.scope, portfolio.days)
    return await enter_portfolio(conn, act, in_place(portfolio, cuts))


async def end_portfolio(conn: Connection, act: Act, post: str, scope: str | None, days: Days) -> list[Cut[Portfolio]]:
    """Take days from one scope of a post, or from all (`scope` None); return what was cut."""
    known = await changes.portfolio_timeline(conn, post, scope=scope)
    cuts = await clear(conn, "portfolio", known, days, posts.add_portfolio)
    for each in differences(known, await changes.portfolio_timeline(conn, post, scope=scope)):
        await _tell_portfolio(conn, act, each)
    return cuts


async def _tell_portfolio(conn: Connection, act: Act, portfolio: Portfolio) -> None:
    post = await post_on(conn, portfolio.post, portfolio.valid_from, "post")
    await tell(conn, act, telling.portfolio_changed(portfolio, post.unit.code), post_aggregate(post.code), "post")


async def enter_incumbency(conn: Connection, act: Act, incumbency: Incumbency) -> Incumbency:
    """Enter who is in a post, and say that it is filled."""
    post = await post_on(conn, incumbency.post, incumbency.valid_from, "post")
    entered = replace(incumbency, id=await posts.add_incumbency(conn, incumbency))
    await tell(conn, act, telling.incumbency_changed(entered, post), post_aggregate(post.code), "post")
    return entered


async def end_incumbency(conn: Connection, act: Act, post: str, days: Days) -> list[Cut[Incumbency]]:
    """Take days from whoever is in a post; return what was cut."""
    known = await changes.incumbency_timeline(conn, post)
    cuts = await clear(conn, "incumbency", known, days, posts.add_incumbency)
    for each in differences(known, await changes.incumbency_timeline(conn, post)):
        await _tell_incumbency(conn, act, each)
    return cuts


async def _tell_incumbency(conn: Connection, act: Act, incumbency: Incumbency) -> None:
    post = await post_on(conn, incumbency.post, incumbency.valid_from, "post")
    payload = telling.incumbency_changed(incumbency, post)
    await tell(conn, act, payload, post_aggregate(post.code), "post")


async def amend_incumbency(conn: Connection, act: Act, incumbency: Incumbency) -> Incumbency:
    """Let this person be in the post on these days, whoever was known to be."""
    cuts = await end_incumbency(conn, act, incumbency.post, incumbency.days)
    return await enter_incumbency(conn, act, in_place(incumbency, cuts))
