"""A valid row of every model of the fleet; a test names only what it is about."""

from datetime import timedelta
from decimal import Decimal

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory

from apps.fleet import models
from apps.fleet.statuses import (
    ConnectionTestState,
    DisruptionKind,
    InstanceState,
    LaunchState,
    Lifecycle,
    ManagedBy,
    Mode,
    NoticeKind,
    OperationKind,
    SwitchState,
)

from .people import AdminFactory, ClientFactory

REGION = "us-east-1"
SHAPES = {"m6i.large": (2000, 8192), "m5.large": (2000, 8192), "c6i.xlarge": (4000, 8192)}


class CloudAccountFactory(DjangoModelFactory):
    class Meta:
        model = models.CloudAccount

    client = factory.SubFactory(ClientFactory)
    name = factory.Sequence(lambda n: f"account-{n}")
    aws_account_id = factory.Sequence(lambda n: f"{100_000_000_000 + n}")
    role_arn = factory.LazyAttribute(lambda a: f"arn:aws:iam::{a.aws_account_id}:role/atharva")
    external_id = factory.Sequence(lambda n: f"external-{n}")
    regions = [REGION]
    connected_at = factory.LazyFunction(timezone.now)


class ClusterFactory(DjangoModelFactory):
    """A cluster with an active policy; `policy__mode=…` changes it, `policy=None` leaves it out."""

    class Meta:
        model = models.Cluster
        skip_postgeneration_save = True

    account = factory.SubFactory(CloudAccountFactory)
    client = factory.SelfAttribute("account.client")
    name = factory.Sequence(lambda n: f"prod-{n}")
    region = REGION
    kubeconfig = "apiVersion: v1\nkind: Config\n"
    policy = factory.RelatedFactory("tests.factories.fleet.PolicyFactory", factory_related_name="cluster")


class PolicyFactory(DjangoModelFactory):
    class Meta:
        model = models.Policy

    cluster = factory.SubFactory(ClusterFactory, policy=None)
    mode = Mode.ACTIVE


class InstanceTypeFactory(DjangoModelFactory):
    """The same name gives the same row back."""

    class Meta:
        model = models.InstanceType
        django_get_or_create = ["name"]

    name = "m6i.large"
    family = factory.LazyAttribute(lambda t: t.name.partition(".")[0])
    generation = factory.LazyAttribute(lambda t: int("".join(c for c in t.family[1:] if c.isdigit())[:1]))
    architecture = factory.LazyAttribute(lambda t: "arm64" if "g" in t.family[1:] else "amd64")
    cpu_milli = factory.LazyAttribute(lambda t: SHAPES.get(t.name, (2000, 8192))[0])
    memory_mib = factory.LazyAttribute(lambda t: SHAPES.get(t.name, (2000, 8192))[1])


class PoolFactory(DjangoModelFactory):
    """A freshly priced spot pool; the same type, zone and lifecycle give the same row back."""

    class Meta:
        model = models.Pool
        django_get_or_create = ["region", "zone", "instance_type", "lifecycle"]

    region = REGION
    zone = factory.LazyAttribute(lambda p: f"{p.region}a")
    instance_type = factory.SubFactory(InstanceTypeFactory)
    lifecycle = Lifecycle.SPOT
    price_hourly_usd = Decimal("0.030000")
    on_demand_hourly_usd = Decimal("0.096000")
    priced_at = factory.LazyFunction(timezone.now)


class OnDemandPoolFactory(PoolFactory):
    lifecycle = Lifecycle.ON_DEMAND
    price_hourly_usd = Decimal("0.096000")


class PricePointFactory(DjangoModelFactory):
    class Meta:
        model = models.PricePoint

    pool = factory.SubFactory(PoolFactory)
    at = factory.LazyFunction(timezone.now)
    price_hourly_usd = Decimal("0.030000")


class PoolEventFactory(DjangoModelFactory):
    class Meta:
        model = models.PoolEvent

    pool = factory.SubFactory(PoolFactory)
    kind = models.PoolEvent.Kind.INTERRUPTION
    at = factory.LazyFunction(timezone.now)


class NodeGroupFactory(DjangoModelFactory):
    class Meta:
        model = models.NodeGroup

    cluster = factory.SubFactory(ClusterFactory)
    account = factory.SelfAttribute("cluster.account")
    region = factory.SelfAttribute("cluster.region")
    name = factory.Sequence(lambda n: f"group-{n}")
    min_size = 1
    desired = 3
    max_size = 10
    seen_at = factory.LazyFunction(timezone.now)


class NodeTemplateFactory(DjangoModelFactory):
    class Meta:
        model = models.NodeTemplate

    cluster = factory.SubFactory(ClusterFactory)
    architecture = "amd64"
    image_id = "ami-0a1b2c3d4e5f60718"
    user_data = factory.LazyAttribute(lambda t: f"#!/bin/sh\n/etc/eks/bootstrap.sh {t.cluster.name}\n")
    instance_profile_arn = factory.LazyAttribute(
        lambda t: f"arn:aws:iam::{t.cluster.account.aws_account_id}:instance-profile/node"
    )
    security_group_ids = ["sg-0a1b2c3d4e5f60718"]
    subnet_by_zone = factory.LazyAttribute(
        lambda t: {f"{t.cluster.region}{letter}": f"subnet-{letter}" for letter in "abc"}
    )
    metadata_options = {"HttpTokens": "required"}
    source = "launch template lt-0a1b2c3d4e5f60718"
    read_at = factory.LazyFunction(timezone.now)


class InstanceFactory(DjangoModelFactory):
    """A running, ready node that is old enough to be moved."""

    class Meta:
        model = models.Instance

    ec2_id = factory.Sequence(lambda n: f"i-{n:017x}")
    cluster = factory.SubFactory(ClusterFactory)
    account = factory.SelfAttribute("cluster.account")
    region = factory.LazyAttribute(lambda i: i.account.regions[0])
    zone = factory.LazyAttribute(lambda i: f"{i.region}a")
    instance_type = factory.SubFactory(InstanceTypeFactory)
    state = InstanceState.RUNNING
    managed_by = ManagedBy.ATHARVA
    launched_at = factory.LazyFunction(lambda: timezone.now() - timedelta(days=2))
    status_checks_passed = True
    subnet_id = factory.LazyAttribute(lambda i: f"subnet-{i.zone[-1]}")
    image_id = "ami-0a1b2c3d4e5f60718"
    node_name = factory.LazyAttribute(lambda i: f"ip-{i.ec2_id[-8:]}.ec2.internal" if i.cluster else "")
    node_ready = factory.LazyAttribute(lambda i: bool(i.node_name))
    joined_at = factory.LazyAttribute(lambda i: i.launched_at + timedelta(minutes=1) if i.node_name else None)
    seen_at = factory.LazyFunction(timezone.now)


class SpotInstanceFactory(InstanceFactory):
    lifecycle = Lifecycle.SPOT


class OnDemandInstanceFactory(InstanceFactory):
    lifecycle = Lifecycle.ON_DEMAND


class LooseInstanceFactory(SpotInstanceFactory):
    """An instance of an account that is a node of no cluster."""

    cluster = None
    account = factory.SubFactory(CloudAccountFactory)
    managed_by = ManagedBy.NOBODY


class SwitchFactory(DjangoModelFactory):
    """An open switch of a spot node to a cheaper spot pool."""

    class Meta:
        model = models.Switch

    cluster = factory.SubFactory(ClusterFactory)
    kind = DisruptionKind.COST
    state = SwitchState.SUGGESTED
    reason = "m5.large in us-east-1b costs $0.020/h, this node $0.030/h."
    old_instance = factory.SubFactory(SpotInstanceFactory, cluster=factory.SelfAttribute("..cluster"))
    from_pool = factory.SubFactory(
        PoolFactory,
        region=factory.SelfAttribute("..old_instance.region"),
        zone=factory.SelfAttribute("..old_instance.zone"),
        instance_type=factory.SelfAttribute("..old_instance.instance_type"),
        lifecycle=factory.SelfAttribute("..old_instance.lifecycle"),
    )
    to_pool = factory.SubFactory(
        PoolFactory,
        instance_type=factory.SubFactory(InstanceTypeFactory, name="m5.large"),
        zone=f"{REGION}b",
        price_hourly_usd=Decimal("0.020000"),
    )
    candidates = factory.LazyAttribute(lambda s: [s.to_pool.pk] if s.to_pool else [])
    saving_promised_hourly_usd = Decimal("0.010000")
    look_again_at = factory.LazyFunction(timezone.now)
    created_at = factory.LazyFunction(timezone.now)
    entered_at = factory.SelfAttribute("created_at")


class CompleteSwitchFactory(SwitchFactory):
    state = SwitchState.COMPLETE
    new_instance = factory.SubFactory(
        SpotInstanceFactory,
        cluster=factory.SelfAttribute("..cluster"),
        instance_type=factory.SelfAttribute("..to_pool.instance_type"),
        zone=factory.SelfAttribute("..to_pool.zone"),
    )
    saving_hourly_usd = factory.SelfAttribute("saving_promised_hourly_usd")
    look_again_at = None
    finished_at = factory.LazyAttribute(lambda s: s.entered_at + timedelta(minutes=4))


class SwitchStepFactory(DjangoModelFactory):
    class Meta:
        model = models.SwitchStep

    switch = factory.SubFactory(SwitchFactory)
    state = SwitchState.PREPARING
    entered_at = factory.LazyFunction(timezone.now)


class LaunchFactory(DjangoModelFactory):
    """A launch for two pods that has just been planned; `ready=True` is one whose node is there."""

    class Meta:
        model = models.Launch

    class Params:
        ready = factory.Trait(
            state=LaunchState.READY,
            instance=factory.SubFactory(
                SpotInstanceFactory,
                cluster=factory.SelfAttribute("..cluster"),
                instance_type=factory.SelfAttribute("..pool.instance_type"),
                zone=factory.SelfAttribute("..pool.zone"),
                launched_at=factory.SelfAttribute("..created_at"),
            ),
            look_again_at=None,
            finished_at=factory.SelfAttribute("entered_at"),
        )

    cluster = factory.SubFactory(ClusterFactory)
    reason = "2 pods wait that no node takes."
    pool = factory.SubFactory(PoolFactory)
    candidates = factory.LazyAttribute(lambda one: [one.pool.pk])
    pods = factory.LazyFunction(
        lambda: [{"namespace": "default", "name": f"web-{n}", "uid": f"uid-{n}"} for n in range(2)]
    )
    look_again_at = factory.LazyFunction(timezone.now)
    created_at = factory.LazyFunction(timezone.now)
    entered_at = factory.SelfAttribute("created_at")


class NotificationFactory(DjangoModelFactory):
    class Meta:
        model = models.Notification

    cluster = factory.SubFactory(ClusterFactory)
    client = factory.SelfAttribute("cluster.client")
    kind = NoticeKind.REBALANCE
    text = "AWS recommends to move a node."
    created_at = factory.LazyFunction(timezone.now)


class CloudEventFactory(DjangoModelFactory):
    class Meta:
        model = models.CloudEvent

    account = factory.SubFactory(CloudAccountFactory)
    event_id = factory.Faker("uuid4")
    kind = "EC2 Spot Instance Interruption Warning"
    instance_id = factory.Sequence(lambda n: f"i-{n:017x}")
    body = factory.LazyAttribute(lambda e: {"detail-type": e.kind, "detail": {"instance-id": e.instance_id}})
    happened_at = factory.LazyFunction(timezone.now)
    received_at = factory.SelfAttribute("happened_at")


class CostEntryFactory(DjangoModelFactory):
    """One hour of a spot node."""

    class Meta:
        model = models.CostEntry

    cluster = factory.SubFactory(ClusterFactory)
    client = factory.SelfAttribute("cluster.client")
    instance = factory.Sequence(lambda n: f"i-{n:017x}")
    instance_type = "m6i.large"
    zone = f"{REGION}a"
    lifecycle = Lifecycle.SPOT
    starts_at = factory.LazyFunction(lambda: timezone.now().replace(minute=0, second=0, microsecond=0))
    seconds = 3600
    baseline_usd = Decimal("0.096")
    paid_usd = Decimal("0.030")


class ConnectionTestFactory(DjangoModelFactory):
    """A test of an account in which everything was allowed."""

    class Meta:
        model = models.ConnectionTest

    account = factory.SubFactory(CloudAccountFactory)
    client = factory.SelfAttribute("account.client")
    state = ConnectionTestState.DONE
    findings = [{"permission": "ec2:DescribeInstances", "why": "to see nodes", "ok": True, "detail": ""}]
    started_at = factory.LazyFunction(timezone.now)
    finished_at = factory.SelfAttribute("started_at")


class EstimateFactory(DjangoModelFactory):
    class Meta:
        model = models.Estimate

    cluster = factory.SubFactory(ClusterFactory)
    made_at = factory.LazyFunction(timezone.now)
    nodes = 3
    movable = 2
    now_hourly_usd = Decimal("0.300000")
    then_hourly_usd = Decimal("0.100000")


class OperationFactory(DjangoModelFactory):
    class Meta:
        model = models.Operation

    kind = OperationKind.GIVE_BACK
    cluster = factory.SubFactory(ClusterFactory)
    client = factory.SelfAttribute("cluster.client")
    title = factory.LazyAttribute(lambda o: f"Give {o.cluster.name} back")
    requested_by = factory.SubFactory(AdminFactory)


class OperationItemFactory(DjangoModelFactory):
    class Meta:
        model = models.OperationItem

    operation = factory.SubFactory(OperationFactory)
    position = factory.Sequence(lambda n: n)
    name = factory.Sequence(lambda n: f"node-{n}")
    look_again_at = factory.LazyFunction(timezone.now)


class QuotaFactory(DjangoModelFactory):
    """Standard spot instances."""

    class Meta:
        model = models.Quota

    account = factory.SubFactory(CloudAccountFactory)
    region = REGION
    lifecycle = Lifecycle.SPOT
    code = factory.Sequence(lambda n: f"L-{n:08X}")
    families = factory.LazyFunction(lambda: ["a", "c", "d", "h", "i", "m", "r", "t", "z"])
    vcpus = 640.0
    read_at = factory.LazyFunction(timezone.now)


class PriceOverlayFactory(DjangoModelFactory):
    class Meta:
        model = models.PriceOverlay

    client = factory.SubFactory(ClientFactory)
    instance_types = "m5.*"
    lifecycle = Lifecycle.ON_DEMAND
    discount_pct = Decimal("25.00")


class DisruptionBudgetFactory(DjangoModelFactory):
    class Meta:
        model = models.DisruptionBudget

    cluster = factory.SubFactory(ClusterFactory)
    max_nodes = 1
