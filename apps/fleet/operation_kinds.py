"""What each kind of operation of the fleet does."""

from .services.giving_back import work as giving_back
from .services.giving_back.steps import Step
from .services.operations import Work, register
from .statuses import OperationKind

# Steps that have not touched anything yet.
GIVING_BACK_UNTOUCHED = frozenset({Step.MOVES, Step.GROUP_ASK, Step.NODE_WAIT, Step.HAND_OVER, Step.CLEAN_UP})


def register_kinds() -> None:
    """Called once, when Django starts."""
    register(
        OperationKind.GIVE_BACK,
        Work(giving_back.advance, giving_back.PARALLEL, safe_points=GIVING_BACK_UNTOUCHED),
    )
