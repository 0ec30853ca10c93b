"""Between the password and the code: a session that knows whose password it has seen, and grants nothing."""

from dataclasses import asdict, dataclass, replace
from datetime import timedelta

from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from ..models import User
from .signing_in import begin_session

KEY = "half_signed_in"
LIFETIME = timedelta(minutes=5)
MOST_TRIES = 5


@dataclass(frozen=True, slots=True)
class Half:
    """Whose code is waited for, bound to their password and generation, and what comes after it."""

    person_id: str
    bound_to: str
    method: str
    until: float
    wanted: str
    tries: int = 0


def remember(request: HttpRequest, user: User, *, method: str, wanted: str) -> None:
    """Have the session wait for a code of `user`, under a new key."""
    until = (timezone.now() + LIFETIME).timestamp()
    _keep(request, Half(str(user.pk), user.get_session_auth_hash(), method, until, wanted))
    request.session.cycle_key()


def person_of(request: HttpRequest) -> User | None:
    """Whose code the session waits for; None where it waits for nobody's, or has waited for too long."""
    half = _kept(request)
    if half is None or half.until < timezone.now().timestamp():
        return None
    user = User.objects.select_related("client").filter(pk=half.person_id).first()
    stands = user and user.is_active and constant_time_compare(half.bound_to, user.get_session_auth_hash())
    return user if stands else None


def count_try(request: HttpRequest) -> int:
    """Count a wrong code; answers how many more the session may try."""
    half = _kept(request)
    if half is None:
        return 0
    _keep(request, replace(half, tries=half.tries + 1))
    return MOST_TRIES - half.tries - 1


def finish(request: HttpRequest, user: User) -> str:
    """Give the session to the person whose code was right; answers the page that they wanted, if any."""
    half = Half(**request.session.pop(KEY))
    begin_session(request, user, method=half.method)
    return half.wanted


def forget(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def _keep(request: HttpRequest, half: Half) -> None:
    request.session[KEY] = asdict(half)


def _kept(request: HttpRequest) -> Half | None:
    kept = request.session.get(KEY)
    return Half(**kept) if kept else None
