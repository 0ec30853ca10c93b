"""Who may follow what the fleet tells live."""

from uuid import UUID

from apps.accounts.models import User
from apps.accounts.tenancy import visible_to
from atharva.live import admission
from atharva.live.authentication import Person

from .models import Operation


def may_follow_operation(person: Person, operation_id: UUID) -> bool:
    """Whether an operation is among those that the person may know of."""
    user = User.objects.filter(pk=person.pk).first()
    return user is not None and visible_to(user, Operation).filter(pk=operation_id).exists()


def register_admission() -> None:
    """Called once, when Django starts."""
    admission.admit_by("operation", may_follow_operation)
