"""Where each role begins."""

from .models import Role, User


def dashboard_url(user: User) -> str:
    """The page that a person sees after signing in (rows 1.7 to 1.9)."""
    match user.role:
        case Role.ADMIN:
            return "/operations"
        case Role.CLIENT:
            return f"/clients/{user.client_id}/topology"
    return "/lab"
