import uuid

from django.db import models
from django.db.models import Q

from apps.accounts.models import Client, User

from ..statuses import ConnectionTestState
from .access import CloudAccount, Cluster


class ConnectionTest(models.Model):
    """One try of every call that the platform needs, of an account or of a cluster.

    `findings` is a list of `{permission, why, ok, detail}` in the order in which they were tried.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(CloudAccount, on_delete=models.CASCADE, related_name="tests")
    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.CASCADE, related_name="tests"
    )
    requested_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=ConnectionTestState, default=ConnectionTestState.QUEUED)
    planned = models.PositiveSmallIntegerField(default=0, help_text="How many findings there will be")
    findings = models.JSONField(default=list)
    problem = models.TextField(blank=True, help_text="Why nothing could be tried at all, in one sentence")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heard_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="The last word of whoever tries; each write is a compare-and-set on it",
    )
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "cluster"],
                condition=Q(finished_at=None),
                nulls_distinct=False,
                name="one_open_connection_test",
            )
        ]
        indexes = [
            # a page's newest test
            models.Index(fields=["account", "cluster", "-created_at"], name="newest_connection_test"),
            # the sweep: tests that wait, or whose worker died
            models.Index(fields=["state"], condition=Q(finished_at=None), name="open_connection_tests"),
        ]

    def __str__(self) -> str:
        return f"test of {self.cluster or self.account}"

    @property
    def missing(self) -> list[str]:
        """The permissions or verbs that were refused."""
        return [finding["permission"] for finding in self.findings if not finding["ok"]]

    @property
    def allowed(self) -> int:
        """How many were not refused."""
        return len(self.findings) - len(self.missing)

    @property
    def passed(self) -> bool:
        return self.state == ConnectionTestState.DONE and not self.problem and not self.missing


class Estimate(models.Model):
    """What the platform would save on a cluster, as its last decision saw it; nothing is moved for it."""

    cluster = models.OneToOneField(
        Cluster, primary_key=True, on_delete=models.CASCADE, related_name="estimate"
    )
    made_at = models.DateTimeField()
    nodes = models.PositiveIntegerField()
    movable = models.PositiveIntegerField(help_text="Nodes for which a better pool is known")
    now_hourly_usd = models.DecimalField(max_digits=12, decimal_places=6)
    then_hourly_usd = models.DecimalField(max_digits=12, decimal_places=6)
    moves = models.JSONField(
        default=list, help_text="The largest: {node, instance, from, to, saving_hourly_usd}"
    )
    stays = models.JSONField(default=dict, help_text="How many nodes stay, by reason")

    def __str__(self) -> str:
        return f"estimate of {self.cluster_id}"
