"""Scoring's refusals."""

from shared.errors import ConflictError, NotFoundError


class MethodNotFoundError(NotFoundError):
    """No such method, or none of the group is in force yet."""

    code = "method-not-found"


class RebuildNotFoundError(NotFoundError):
    """No such rebuild."""

    code = "rebuild-not-found"


class MethodVersionConflictError(ConflictError):
    """A version of a method never changes, and versions have no gaps."""

    code = "method-version-conflict"


class ScoreNotFoundError(NotFoundError):
    """No such entered score."""

    code = "score-not-found"


class AdjustmentNotFoundError(NotFoundError):
    """No such adjustment."""

    code = "adjustment-not-found"


class AdjustmentStateError(ConflictError):
    """An adjustment in this state allows something else."""

    code = "adjustment-state"


class AssessmentClosedError(ConflictError):
    """Nothing is entered any more once an assessment is closed."""

    code = "assessment-closed"


class PublicationNotFoundError(NotFoundError):
    """No such publication."""

    code = "publication-not-found"


class PublicationStateError(ConflictError):
    """A publication in this state allows something else."""

    code = "publication-state"


class AppealNotFoundError(NotFoundError):
    """No such appeal."""

    code = "appeal-not-found"


class AppealStateError(ConflictError):
    """An appeal in this state allows something else, or the window is shut."""

    code = "appeal-state"


class SimulationNotFoundError(NotFoundError):
    """No such simulation."""

    code = "simulation-not-found"


class EvaluationNotFoundError(NotFoundError):
    """No such city evaluation or measure."""

    code = "evaluation-not-found"


class ImprovementExistsError(ConflictError):
    """The measure was ordered before, with another due day, text or cooperating unit."""

    code = "improvement-exists"
