import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from ..statuses import InstanceState, Lifecycle, ManagedBy
from .access import CloudAccount, Cluster
from .market import InstanceType, Pool


class NodeGroup(models.Model):
    """An Auto Scaling group (or EKS managed node group) that owns nodes of a cluster."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(CloudAccount, on_delete=models.CASCADE, related_name="groups")
    cluster = models.ForeignKey(Cluster, null=True, on_delete=models.CASCADE, related_name="groups")
    region = models.CharField(max_length=30)
    name = models.CharField(max_length=255)
    min_size = models.PositiveIntegerField()
    desired = models.PositiveIntegerField()
    max_size = models.PositiveIntegerField()
    taken = models.PositiveIntegerField(default=0, help_text="Members we replaced; given back on leaving")
    launch_template_id = models.CharField(max_length=40, blank=True)
    launch_template_version = models.CharField(max_length=20, blank=True)
    subnet_ids = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["account", "region", "name"], name="one_group_a_name")]

    def __str__(self) -> str:
        return self.name


class NodeTemplate(models.Model):
    """What an instance must be launched with to become a node of the cluster, per architecture."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="templates")
    architecture = models.CharField(max_length=10)
    image_id = models.CharField(max_length=40)
    user_data = models.TextField(blank=True)
    instance_profile_arn = models.CharField(max_length=300, blank=True)
    security_group_ids = ArrayField(models.CharField(max_length=40), default=list)
    subnet_by_zone = models.JSONField(default=dict)
    block_devices = models.JSONField(default=list, blank=True)
    metadata_options = models.JSONField(default=dict, blank=True)
    tags = models.JSONField(default=dict, blank=True)
    source = models.CharField(max_length=200, help_text="Where it was read from")
    edited = models.BooleanField(default=False, help_text="A person changed it: discovery leaves it alone")
    launch_template_id = models.CharField(max_length=40, blank=True, help_text="The platform's own")
    launch_template_version = models.CharField(max_length=20, blank=True)
    fingerprint = models.CharField(
        max_length=64, blank=True, help_text="Of what the platform's version holds"
    )
    read_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)
    problem = models.TextField(blank=True)

    class Meta:
        ordering = ["architecture"]
        constraints = [
            models.UniqueConstraint(fields=["cluster", "architecture"], name="one_template_an_arch")
        ]

    def __str__(self) -> str:
        return f"{self.cluster_id} {self.architecture}"


class Instance(models.Model):
    """An EC2 instance, and the node it is (or should be) in a cluster."""

    id = models.BigAutoField(primary_key=True)
    ec2_id = models.CharField(max_length=24, unique=True)
    account = models.ForeignKey(CloudAccount, on_delete=models.PROTECT, related_name="instances")
    cluster = models.ForeignKey(
        Cluster, null=True, blank=True, on_delete=models.SET_NULL, related_name="instances"
    )
    group = models.ForeignKey(
        NodeGroup, null=True, blank=True, on_delete=models.SET_NULL, related_name="members"
    )
    region = models.CharField(max_length=30)
    zone = models.CharField(max_length=30)
    instance_type = models.ForeignKey(InstanceType, on_delete=models.PROTECT, related_name="instances")
    lifecycle = models.CharField(max_length=10, choices=Lifecycle)
    # A join and no column: what the instance is says which pool it runs in. None where no quote is known.
    pool = models.ForeignObject(
        Pool,
        on_delete=models.DO_NOTHING,
        from_fields=["region", "zone", "instance_type", "lifecycle"],
        to_fields=["region", "zone", "instance_type", "lifecycle"],
        related_name="+",
        null=True,
        editable=False,
    )
    state = models.CharField(max_length=12, choices=InstanceState)
    managed_by = models.CharField(max_length=10, choices=ManagedBy, default=ManagedBy.NOBODY)
    launched_at = models.DateTimeField()
    terminated_at = models.DateTimeField(null=True, blank=True)
    status_checks_passed = models.BooleanField(default=False)
    tags = models.JSONField(default=dict, blank=True)
    subnet_id = models.CharField(max_length=40, blank=True)
    image_id = models.CharField(max_length=40, blank=True)

    node_name = models.CharField(max_length=253, blank=True, help_text="Empty: not a node (yet)")
    node_ready = models.BooleanField(default=False)
    node_cordoned = models.BooleanField(default=False)
    joined_at = models.DateTimeField(null=True, blank=True)
    interruption_at = models.DateTimeField(null=True, blank=True, help_text="When AWS takes it")
    rebalance_at = models.DateTimeField(null=True, blank=True)
    moved_at = models.DateTimeField(null=True, blank=True, help_text="When a switch last ended on it")
    seen_at = models.DateTimeField(help_text="When EC2 last told us of it")
    accrued_until = models.DateTimeField(null=True, blank=True, help_text="The ledger is written up to here")

    class Meta:
        ordering = ["-launched_at"]
        indexes = [
            # topology, overview: the living instances of a cluster
            models.Index(
                fields=["cluster", "state"], condition=~Q(state="terminated"), name="living_of_cluster"
            ),
            # discovery: what an account's region should still have
            models.Index(
                fields=["account", "region"], condition=~Q(state="terminated"), name="living_of_account"
            ),
            # watch: a node's row by its name
            models.Index(fields=["cluster", "node_name"], name="instance_by_node"),
            # overview: what lived at some time of the last day
            models.Index(fields=["terminated_at"], name="instances_by_end"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="terminated", terminated_at__isnull=False)
                | (~Q(state="terminated") & Q(terminated_at=None)),
                name="terminated_has_its_time",
            )
        ]

    def __str__(self) -> str:
        return self.ec2_id
