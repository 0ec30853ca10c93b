"""What each kind of operation of the fleet does."""

from .services import giving_back
from .services.operations import register
from .statuses import OperationKind


def register_kinds() -> None:
    """Called once, when Django starts."""
    register(OperationKind.GIVE_BACK, giving_back.WORK)
