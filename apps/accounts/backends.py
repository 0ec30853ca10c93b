"""Who a password or a session stands for."""

from uuid import UUID

from django.contrib.auth.backends import AllowAllUsersModelBackend

from .models import User


class PeopleBackend(AllowAllUsersModelBackend):
    """Checks the passwords of blocked people too, so that only who knows one is told of the block."""

    def get_user(self, user_id: UUID | str) -> User | None:
        """The person of a session; nobody once they are blocked or deleted, whatever the session says."""
        user = super().get_user(user_id)
        return user if isinstance(user, User) and user.is_active else None
