"""What the log is told of publications and appeals. Pure."""

from collections.abc import Collection
from datetime import date, timedelta
from uuid import NAMESPACE_URL, uuid5

from services.scoring.method import Method
from services.scoring.publications.counting import Places, below, places_of
from services.scoring.publications.domain import Appeal, Publication
from shared.contracts.scoring import (
    AppealDecided,
    AppealFiled,
    AppealWithdrawn,
    AssessmentClosed,
    AssessmentPublished,
    ClosingAbandoned,
    RectificationOrdered,
    ResultRolledUp,
)
from shared.text import digest


def closed_fact(closed: Publication) -> AssessmentClosed:
    """Return what the log is told of a closing."""
    return AssessmentClosed(
        publication_id=closed.id,
        method=closed.method,
        method_version=closed.method_version,
        edition=closed.edition,
        closed_at=closed.closed_at,
        appeal_until=closed.appeal_until,
        places=places_of(closed.preliminary),
    )


def abandoned_fact(abandoned: Publication) -> ClosingAbandoned:
    """Return what the log is told of a closing that was given up."""
    return ClosingAbandoned(
        publication_id=abandoned.id,
        method=abandoned.method,
        method_version=abandoned.method_version,
        edition=abandoned.edition,
        reason_digest=digest(abandoned.abandoned_reason or ""),
    )


def filed_fact(filed: Appeal) -> AppealFiled:
    """Return what the log is told of a filed appeal."""
    return AppealFiled(
        appeal_id=filed.id,
        method=filed.method,
        method_version=filed.method_version,
        unit=filed.unit,
        criterion=filed.criterion,
        reason_digest=digest(filed.reason),
        reason_link=f"/v1/appeals/{filed.id}",
    )


def decision_fact(appeal: Appeal) -> AppealDecided:
    """Return what the log is told of a decided appeal."""
    if appeal.effective_on is None:
        raise ValueError(f"appeal {appeal.id} is not decided")
    return AppealDecided(
        appeal_id=appeal.id,
        method=appeal.method,
        method_version=appeal.method_version,
        unit=appeal.unit,
        criterion=appeal.decided_criterion,
        upheld=appeal.state == "upheld",
        points=appeal.points,
        effective_on=appeal.effective_on,
        reason_digest=digest(appeal.decision_reason or ""),
        reason_link=f"/v1/appeals/{appeal.id}",
    )


def withdrawn_fact(withdrawn: Appeal) -> AppealWithdrawn:
    """Return what the log is told of a withdrawn appeal."""
    return AppealWithdrawn(
        appeal_id=withdrawn.id,
        method=withdrawn.method,
        method_version=withdrawn.method_version,
        unit=withdrawn.unit,
        criterion=withdrawn.criterion,
        reason_digest=digest(withdrawn.decision_reason or ""),
        reason_link=f"/v1/appeals/{withdrawn.id}",
    )


def published_fact(published: Publication) -> AssessmentPublished:
    """Return what the log is told of a published result."""
    return AssessmentPublished(
        publication_id=published.id,
        method=published.method,
        method_version=published.method_version,
        edition=published.edition,
        document=published.document,
        closed_at=published.closed_at,
        result_digest=published.result_digest or "",
        result_link=f"/v1/publications/{published.id}",
        places=places_of(published.result or []),
    )


def rolled_up(publication: Publication, method: Method, result: Places) -> list[ResultRolledUp]:
    """Return what goes to the county's overall assessment, one fact per unit that has a total."""
    if method.roll_up is None:
        return []
    return [
        ResultRolledUp(
            publication_id=publication.id,
            method=publication.method,
            method_version=publication.method_version,
            unit=row["unit"]["code"],
            total=row["total"],
            weight=method.roll_up.weight,
            rolled_up=row["rolled_up"],
            eligible=row["rank"] is not None,
        )
        for row in result
        if row.get("total") is not None
    ]


def rectifications(
    published: Publication, method: Method, ordered: Collection[str], today: date
) -> list[RectificationOrdered]:
    """Return an order for each unit whose total is below the threshold, but those ordered by an earlier edition."""
    rule, result = method.rectification, published.result or []
    if rule is None:
        return []
    low = below(method, [result]) - set(ordered)
    return [
        RectificationOrdered(
            order_id=uuid5(NAMESPACE_URL, f"{published.id}/{row['unit']['code']}"),
            title=rule.title,
            lead_unit=row["unit"]["code"],
            due_on=today + timedelta(days=rule.due_days),
            text_link=f"/v1/publications/{published.id}",
            publication_id=published.id,
            method=published.method,
            method_version=published.method_version,
            total=row["total"],
            threshold=rule.below,
        )
        for row in result
        if row["unit"]["code"] in low
    ]
