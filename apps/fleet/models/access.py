import uuid
from datetime import datetime
from typing import Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.encryption import EncryptedTextField
from apps.accounts.models import Client

from ..statuses import AccessKind, DisruptionKind, Mode, Placement, Rebalance


class CloudAccounts(models.QuerySet["CloudAccount"]):
    def in_use(self) -> Self:
        """Those whose role has been found to work, of living tenants: what the platform reads."""
        return self.filter(connected_at__isnull=False, client__deleted_at=None)


class Clusters(models.QuerySet["Cluster"]):
    def in_use(self) -> Self:
        """Those of living tenants that were not given back: what the platform watches and decides."""
        return self.filter(left_at=None, client__deleted_at=None)


class CloudAccount(models.Model):
    """An AWS account of a tenant, reached by assuming a role; no long-lived key is ever stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="accounts")
    name = models.CharField(max_length=80)
    aws_account_id = models.CharField(max_length=12)
    role_arn = models.CharField(
        max_length=200, blank=True, help_text="Empty until the tenant has made the role"
    )
    external_id = EncryptedTextField()
    regions = ArrayField(models.CharField(max_length=30))
    queue_url = models.CharField(
        max_length=300, blank=True, help_text="SQS queue of this account's EC2 events"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    connected_at = models.DateTimeField(
        null=True, blank=True, help_text="When its role was first found to work; nothing is read before"
    )
    discovered_at = models.DateTimeField(null=True, blank=True)
    discover_at = models.DateTimeField(default=timezone.now, help_text="When it is discovered next")
    problem = models.TextField(
        blank=True, help_text="Why the last call failed, in one sentence; empty when well"
    )

    queue_problem = models.TextField(
        blank=True, help_text="Why its queue could not be read at the last try; empty when well"
    )

    objects = CloudAccounts.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["client", "name"], name="one_account_a_name"),
            # Whoever only claims an account keeps nobody from connecting it.
            models.UniqueConstraint(
                fields=["aws_account_id"],
                condition=Q(connected_at__isnull=False),
                name="an_aws_account_has_one_tenant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.aws_account_id})"


class Cluster(models.Model):
    """A Kubernetes cluster whose nodes run in one region of one account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="clusters")
    account = models.ForeignKey(CloudAccount, on_delete=models.PROTECT, related_name="clusters")
    name = models.CharField(max_length=100)
    region = models.CharField(max_length=30)
    access = models.CharField(max_length=10, choices=AccessKind, default=AccessKind.KUBECONFIG)
    kubeconfig = EncryptedTextField(blank=True)
    endpoint = models.CharField(max_length=300, blank=True, help_text="The API's address, for access by EKS")
    certificate_authority = models.TextField(blank=True, help_text="PEM, for access by EKS")
    created_at = models.DateTimeField(auto_now_add=True)
    watched_at = models.DateTimeField(null=True, blank=True, help_text="The last word of its watch streams")
    decided_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(
        blank=True, help_text="Why the last call failed, in one sentence; empty when well"
    )

    autoscaler = models.CharField(
        max_length=40, blank=True, help_text="Another autoscaler seen in the cluster; empty: none"
    )
    on_demand_share_pct = models.PositiveSmallIntegerField(
        default=0, help_text="What a storm of interruptions has raised the on-demand share to; 0: calm"
    )
    on_demand_share_at = models.DateTimeField(null=True, blank=True, help_text="When that share last changed")

    left_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was given back; it is neither watched nor decided any more"
    )

    objects = Clusters.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "name"], condition=Q(left_at=None), name="one_cluster_a_name"
            )
        ]

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """A cluster's rules of moving (controls.md). Each default is safe for a first day."""

    cluster = models.OneToOneField(Cluster, primary_key=True, on_delete=models.CASCADE, related_name="policy")
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.OBSERVE)

    weight_cost = models.DecimalField(max_digits=4, decimal_places=3, default="0.400")
    weight_stability = models.DecimalField(max_digits=4, decimal_places=3, default="0.300")
    weight_performance = models.DecimalField(max_digits=4, decimal_places=3, default="0.150")
    weight_capacity = models.DecimalField(max_digits=4, decimal_places=3, default="0.150")
    risk_ceiling = models.FloatField(
        default=0.05, help_text="Highest probability of interruption within an hour"
    )

    families = ArrayField(models.CharField(max_length=20), default=list, blank=True, help_text="Empty: all")
    architectures = ArrayField(
        models.CharField(max_length=10),
        default=list,
        blank=True,
        help_text="Empty: each node keeps its own. Naming another lets a node move there whose pods all say "
        "that they may run on it; pods that say nothing may then be scheduled there as well.",
    )
    min_generation = models.PositiveSmallIntegerField(default=5)
    on_demand_floor = models.PositiveIntegerField(default=0, help_text="Nodes that stay on-demand")
    on_demand_floor_pct = models.PositiveSmallIntegerField(default=0, help_text="The same as a share of all")
    max_pool_share_pct = models.PositiveSmallIntegerField(default=30, help_text="Of a cluster's spot nodes")

    max_moving_pct = models.PositiveSmallIntegerField(default=10)
    moves_per_hour = models.PositiveIntegerField(default=20)
    cooldown_seconds = models.PositiveIntegerField(default=7200, help_text="A node moved this recently stays")
    min_node_age_seconds = models.PositiveIntegerField(default=1800)

    min_saving_pct = models.DecimalField(max_digits=5, decimal_places=2, default="10.00")
    min_saving_hourly_usd = models.DecimalField(max_digits=10, decimal_places=5, default="0.00500")
    min_cheaper_pools = models.PositiveIntegerField(default=15)
    price_samples = models.PositiveSmallIntegerField(default=3)

    rebalance = models.CharField(max_length=10, choices=Rebalance, default=Rebalance.WEIGH)
    storm_interruptions_pct = models.PositiveSmallIntegerField(
        default=20,
        help_text="Share of the spot nodes interrupted within an hour that makes the on-demand share rise",
    )
    storm_on_demand_pct = models.PositiveSmallIntegerField(
        default=30, help_text="What it rises to; it comes back, paced, when the cluster is calm"
    )

    placement = models.CharField(max_length=10, choices=Placement, default=Placement.AUTO)
    consolidate = models.BooleanField(default=False, help_text="Remove and shrink nodes that are not needed")
    max_price_hourly_usd = models.DecimalField(
        max_digits=12,
        decimal_places=4,
        null=True,
        blank=True,
        help_text="Launches beyond it wait; interruptions are exempt",
    )
    headroom_pct = models.PositiveSmallIntegerField(default=0, help_text="Of the pods' requests, kept free")
    headroom_cpu_milli = models.PositiveIntegerField(default=0)
    headroom_memory_mib = models.PositiveIntegerField(default=0)
    headroom_gpus = models.PositiveIntegerField(default=0)
    solve_event_seconds = models.FloatField(default=1.0, help_text="Deadline of a plan for pods that wait")
    solve_batch_seconds = models.FloatField(default=10.0, help_text="The same above 2,000 pods")
    solve_consolidation_seconds = models.FloatField(default=60.0)

    evict_bare_pods = models.BooleanField(default=False)
    eviction_spread_seconds = models.PositiveIntegerField(default=120)
    drain_limit_seconds = models.PositiveIntegerField(default=900)
    join_limit_seconds = models.PositiveIntegerField(default=900)
    verify_stable_seconds = models.PositiveIntegerField(default=30)
    verify_limit_seconds = models.PositiveIntegerField(default=300)

    paused_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True)
    paused_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.CheckConstraint(
                condition=Q(risk_ceiling__gte=0) & Q(risk_ceiling__lte=1),
                name="risk_ceiling_is_a_probability",
            ),
            models.CheckConstraint(
                condition=Q(max_moving_pct__lte=100) & Q(max_pool_share_pct__range=(1, 100)),
                name="policy_shares_are_percentages",
            ),
            models.CheckConstraint(
                condition=Q(on_demand_floor_pct__lte=100)
                & Q(storm_interruptions_pct__range=(1, 100))
                & Q(storm_on_demand_pct__lte=100)
                & Q(headroom_pct__lte=100),
                name="policy_on_demand_shares_are_percentages",
            ),
            models.CheckConstraint(
                condition=Q(solve_event_seconds__gt=0)
                & Q(solve_batch_seconds__gt=0)
                & Q(solve_consolidation_seconds__gt=0),
                name="solver_deadlines_are_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"policy of {self.cluster_id}"

    def is_paused(self, now: datetime) -> bool:
        """Whether a person's pause is in force."""
        return self.paused_at is not None and (self.paused_until is None or now < self.paused_until)


class DisruptionBudget(models.Model):
    """At most so many nodes of a cluster disturbed at once, for some kinds and at some times.

    Of several that are in force the smallest holds, beside the policy's own `max_moving_pct`.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="disruption_budgets")
    name = models.CharField(max_length=80, blank=True)
    kinds = ArrayField(
        models.CharField(max_length=15, choices=DisruptionKind),
        default=list,
        blank=True,
        help_text="Empty: every voluntary kind",
    )
    max_nodes = models.PositiveIntegerField(null=True, blank=True)
    max_pct = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Of the nodes, rounded up")
    cron = models.CharField(
        max_length=100, blank=True, help_text="When it comes into force, five fields; empty: always"
    )
    duration_seconds = models.PositiveIntegerField(default=0, help_text="How long it is in force from then")
    time_zone = models.CharField(max_length=60, default="UTC")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(max_nodes__isnull=False) ^ Q(max_pct__isnull=False),
                name="a_budget_is_a_count_or_a_share",
            ),
            models.CheckConstraint(
                condition=Q(cron="", duration_seconds=0) | (~Q(cron="") & Q(duration_seconds__gt=0)),
                name="a_window_has_a_duration",
            ),
        ]

    def __str__(self) -> str:
        return self.name or f"budget of {self.cluster_id}"
