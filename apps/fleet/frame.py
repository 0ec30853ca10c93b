"""The frame of every page: who looks, where one can go, what runs and what is new where one is."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property

from apps.accounts.dashboards import dashboard_url
from apps.accounts.models import Client, Role, User
from apps.accounts.tenancy import visible_to
from atharva.web.frame import (
    PhoneBar,
    Place,
    RailGroup,
    RailLink,
    Running,
    Switcher,
    SwitchOption,
    Viewer,
)
from atharva.web.navigation import phone_bar, rail

from .models import Notification, Operation, Switch
from .selectors.events import FeedEvent, notice_events
from .selectors.operations import progress
from .selectors.tenants import nodes_by_tenant
from .statuses import SwitchState

Row = TypeVar("Row", bound=Model)

NOTICES = 8
NEW = timedelta(hours=24)
JUST_ENDED = timedelta(minutes=10)
LAST = 9  # of the ranks in the rail


def frame(request: HttpRequest) -> dict[str, object]:
    """The context processor. Nothing is read before a template asks for it."""
    user = getattr(request, "user", AnonymousUser())
    if not isinstance(user, User):
        return {}
    return {"frame": Frame(user, getattr(request, "place", Place()), request.path)}


class Frame:
    """What layouts/app.html shows around a page. An admin's has six queries, a tenant's four."""

    def __init__(self, user: User, place: Place, path: str) -> None:
        self.user, self.place, self.path = user, place, path

    @property
    def viewer(self) -> Viewer:
        user = self.user
        return Viewer(str(user), user.username, user.initials, Role(user.role).label)

    @property
    def home_url(self) -> str:
        return dashboard_url(self.user)

    @property
    def sign_in_url(self) -> str:
        return reverse("accounts:sign_in")

    @property
    def sign_out_url(self) -> str:
        return reverse("accounts:sign_out")

    @property
    def back_office_url(self) -> str:
        return reverse("admin:index") if self.user.is_staff else ""

    @property
    def live_url(self) -> str:
        return self.place.live_url

    @property
    def live_seq(self) -> int | None:
        return self.place.live_seq

    @property
    def status_url(self) -> str:
        """Empty where no fleet is watched."""
        if tenant := self.place.tenant_id:
            return reverse("fleet:tenant_status", args=[tenant])
        return reverse("fleet:platform_status") if self.user.role == Role.ADMIN else ""

    @cached_property
    def rail(self) -> list[RailGroup]:
        # An admin who is at no tenant is led to the first one.
        first = self._tenants[0][0] if self._tenants else self.user.client
        tenant_id = self.place.tenant_id or (first.pk if first else None)
        tenant_name = self.place.tenant_name or (first.name if first else "")
        return rail(self.user.role, tenant_id, tenant_name, self.path)

    @property
    def bar(self) -> PhoneBar:
        """The rail on a phone; the back office is never in it, but in what "More" opens."""
        if not self.back_office_url:
            return phone_bar(self.rail)
        back_office = RailLink("Back office", "Back office", "wrench", self.back_office_url, rank=LAST)
        return phone_bar([*self.rail, RailGroup("Administration", [back_office])])

    @property
    def switcher(self) -> Switcher | None:
        """The tenants, for those who see several."""
        if self.user.role != Role.ADMIN:
            return None
        here = self.place.tenant_id
        everything = SwitchOption("All tenants", reverse("fleet:operations"), "", current=here is None)
        tenants = [
            SwitchOption(
                client.name,
                reverse("fleet:topology", args=[client.pk]),
                f"{nodes} node{'' if nodes == 1 else 's'}",
                current=client.pk == here,
            )
            for client, nodes in self._tenants
        ]
        return Switcher(self.place.tenant_name or everything.name, [everything, *tenants])

    @cached_property
    def running(self) -> list[Running]:
        """What is under way here: switches, and operations."""
        return [work for work in (self._switches(), self._operations()) if work is not None]

    def _switches(self) -> Running | None:
        """The switches under way and those that completed of late; None while none is under way."""
        ended = Q(state=SwitchState.COMPLETE, finished_at__gt=timezone.now() - JUST_ENDED)
        switches = self._here(Switch, "cluster__client").filter(Q(finished_at=None) | ended)
        counts = switches.aggregate(total=Count("pk"), done=Count("pk", filter=ended))
        total, done = counts["total"], counts["done"]
        if total == done:
            return None
        tenant = self.place.tenant_id
        href = f"{reverse('fleet:topology', args=[tenant])}?view=live" if tenant else self.home_url
        return Running(f"{total} switch{'' if total == 1 else 'es'}, {done} done", total, done, href)

    def _operations(self) -> Running | None:
        """The operations under way, by their items; None while none is. A query more while one is."""
        operations = list(self._here(Operation, "client").filter(finished_at=None))
        if not operations:
            return None
        tallies = progress(operations).values()
        return Running(
            operations[0].title if len(operations) == 1 else f"{len(operations)} operations",
            sum(tally.total for tally in tallies),
            sum(tally.ended for tally in tallies),
            self._where(operations),
        )

    def _where(self, operations: Sequence[Operation]) -> str:
        """Where one sees them: the only one's page, the list of their tenant."""
        tenant = self.place.tenant_id or operations[0].client_id
        if tenant is None:
            return self.home_url
        if len(operations) > 1:
            return reverse("fleet:operations_of", args=[tenant])
        return reverse("fleet:operation", args=[tenant, operations[0].pk])

    @cached_property
    def recent(self) -> int:
        """How many notices came in the last day."""
        return self._notices().count()

    @cached_property
    def notices(self) -> Sequence[FeedEvent]:
        return list(notice_events(self._notices(), NOTICES))

    @cached_property
    def _tenants(self) -> list[tuple[Client, int]]:
        return nodes_by_tenant() if self.user.role == Role.ADMIN else []

    def _notices(self) -> QuerySet[Notification]:
        return self._here(Notification, "client").filter(created_at__gt=timezone.now() - NEW)

    def _here(self, model: type[Row], path: str) -> QuerySet[Row]:
        rows = visible_to(self.user, model)
        return rows.filter(**{path: self.place.tenant_id}) if self.place.tenant_id else rows
