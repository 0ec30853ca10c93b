from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.accounts.models import Client

from ..statuses import Lifecycle
from .access import CloudAccount


class InstanceType(models.Model):
    """What AWS says of an instance type: its shape and age."""

    name = models.CharField(primary_key=True, max_length=40)
    family = models.CharField(max_length=20)
    generation = models.PositiveSmallIntegerField()
    architecture = models.CharField(max_length=10, help_text="amd64 or arm64, as Kubernetes says it")
    cpu_milli = models.PositiveIntegerField()
    memory_mib = models.PositiveIntegerField()
    gpus = models.PositiveSmallIntegerField(default=0)
    max_pods = models.PositiveSmallIntegerField(default=110)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Pool(models.Model):
    """Instance type x availability zone x lifecycle, with the quote in force and what we remember of it."""

    region = models.CharField(max_length=30)
    zone = models.CharField(max_length=30)
    instance_type = models.ForeignKey(InstanceType, on_delete=models.PROTECT, related_name="pools")
    lifecycle = models.CharField(max_length=10, choices=Lifecycle)

    price_hourly_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    on_demand_hourly_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    priced_at = models.DateTimeField(null=True, blank=True)
    advisor_bucket = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Spot Advisor: 0 <5 %, 1 5-10, 2 10-15, 3 15-20, 4 >20 % a month"
    )
    interruption_probability = models.FloatField(null=True, blank=True, help_text="Within one hour")
    risk_upper = models.FloatField(null=True, blank=True, help_text="90 % quantile of the same")
    risk_source = models.CharField(max_length=40, blank=True)
    risk_at = models.DateTimeField(null=True, blank=True)
    placement_score = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="AWS's word on how likely a spot request succeeds, 1 to 10"
    )
    placement_score_at = models.DateTimeField(null=True, blank=True)
    set_aside_until = models.DateTimeField(
        null=True, blank=True, help_text="No capacity: not tried before then"
    )

    class Meta:
        ordering = ["instance_type", "zone", "lifecycle"]
        constraints = [
            models.UniqueConstraint(fields=["region", "zone", "instance_type", "lifecycle"], name="one_pool"),
            models.CheckConstraint(
                condition=Q(advisor_bucket=None) | Q(advisor_bucket__lte=4), name="five_buckets"
            ),
            models.CheckConstraint(
                condition=Q(placement_score=None) | Q(placement_score__range=(1, 10)),
                name="placement_scores_go_to_ten",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.instance_type_id} {self.zone} {self.lifecycle}"


class PricePoint(models.Model):
    """A pool's price from `at` on. Range-partitioned by day (see the migration), dropped by retention."""

    pk = models.CompositePrimaryKey("pool_id", "at")
    pool = models.ForeignKey(Pool, on_delete=models.DO_NOTHING, db_constraint=False, related_name="prices")
    at = models.DateTimeField()
    price_hourly_usd = models.DecimalField(max_digits=12, decimal_places=6)

    class Meta:
        managed = False
        db_table = "fleet_pricepoint"
        ordering = ["at"]

    def __str__(self) -> str:
        return f"{self.price_hourly_usd} from {self.at:%Y-%m-%d %H:%M}"


class PoolEvent(models.Model):
    """Something that happened to a pool, kept so that a pool's memory can decay instead of forgetting."""

    class Kind(models.TextChoices):
        INTERRUPTION = "interruption", "Interruption"
        REBALANCE = "rebalance", "Rebalance recommendation"
        NO_CAPACITY = "no_capacity", "No capacity"

    pool = models.ForeignKey(Pool, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]
        indexes = [
            # the pool's memory: its events of the last days
            models.Index(fields=["pool", "-at"], name="events_of_pool")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pool_id}"


class Quota(models.Model):
    """How many vCPUs of some families an account may run in a region (Service Quotas)."""

    account = models.ForeignKey(CloudAccount, on_delete=models.CASCADE, related_name="quotas")
    region = models.CharField(max_length=30)
    lifecycle = models.CharField(max_length=10, choices=Lifecycle)
    code = models.CharField(max_length=20, help_text="AWS's code of the quota")
    families = ArrayField(models.CharField(max_length=20), help_text="First letters of its families")
    vcpus = models.FloatField()
    read_at = models.DateTimeField()

    class Meta:
        ordering = ["account", "region", "code"]
        constraints = [models.UniqueConstraint(fields=["account", "region", "code"], name="one_quota_a_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.vcpus:g} vCPUs"


class PriceOverlay(models.Model):
    """What a tenant really pays for some pools: Savings Plans, reservations, private discounts."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="price_overlays")
    instance_types = models.CharField(max_length=60, default="*", help_text='Pattern: "m5.*", "*.metal", "*"')
    region = models.CharField(max_length=30, blank=True, help_text="Empty: all")
    lifecycle = models.CharField(max_length=10, choices=Lifecycle, default=Lifecycle.ON_DEMAND)
    price_hourly_usd = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)
    discount_pct = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["client", "instance_types", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(price_hourly_usd__gte=0, discount_pct=None)
                | Q(price_hourly_usd=None, discount_pct__range=(0, 100)),
                name="an_overlay_is_a_price_or_a_discount",
            )
        ]

    def __str__(self) -> str:
        return f"{self.instance_types} {self.lifecycle}"
