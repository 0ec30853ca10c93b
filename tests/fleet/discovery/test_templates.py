"""Node templates: read off the nodes, kept as launch templates, launched from."""

import pytest

from apps.fleet.cloud import cloud_of
from apps.fleet.errors import NoTemplate, TemplateInvalid
from apps.fleet.models import CloudAccount, Cluster, Instance, NodeTemplate
from apps.fleet.services import discovery
from apps.fleet.services.templates import (
    check_templates,
    launch_request,
    launch_template_of,
    read_templates,
)
from apps.fleet.statuses import ManagedBy
from tests.factories import ClusterFactory, NodeTemplateFactory, PoolFactory
from tests.fleet.cloud.aws_account import USER_DATA, Account
from tests.world.servers import AwsEmulator

OWNED = {"kubernetes.io/cluster/prod": "owned"}


@pytest.fixture
def cluster(account: CloudAccount) -> Cluster:
    made: Cluster = ClusterFactory(account=account, name="prod")
    return made


def pool(zone: str = "us-east-1a", name: str = "m5.large"):
    return PoolFactory(zone=zone, instance_type__name=name)


def test_reads_the_launch_template_of_the_nodes_group(cluster: Cluster, aws: Account):
    aws.group("workers", team="search", **OWNED)
    assert discovery.discover_account(cluster.account.pk) == ""
    template = cluster.templates.get(architecture="amd64")
    assert (template.architecture, template.image_id) == ("amd64", aws.image())
    assert template.user_data == USER_DATA
    assert template.instance_profile_arn == aws.profile_arn
    assert template.security_group_ids == [aws.security_group]
    assert template.metadata_options == {"HttpTokens": "required"}
    assert template.tags == {**OWNED, "team": "search"}
    assert template.source.endswith("of group workers")


def test_knows_a_subnet_in_each_zone_of_the_group(cluster: Cluster, aws: Account):
    aws.group("workers", least=1, desired=1, **OWNED)
    discovery.discover_account(cluster.account.pk)
    wanted = {zone: aws.subnets[zone] for zone in ("us-east-1a", "us-east-1b")}
    assert cluster.templates.get(architecture="amd64").subnet_by_zone == wanted


def test_reads_the_instance_itself_where_there_is_no_group(cluster: Cluster, aws: Account):
    [ec2_id] = aws.run(**OWNED)
    discovery.discover_account(cluster.account.pk)
    template = cluster.templates.get(architecture="amd64")
    assert (template.source, template.user_data) == (f"instance {ec2_id}", USER_DATA)
    instance = Instance.objects.get(ec2_id=ec2_id)
    assert template.subnet_by_zone == {instance.zone: instance.subnet_id}


def test_one_template_for_each_architecture(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    aws.run(instance_type="m6g.large", architecture="arm64", **OWNED)
    discovery.discover_account(cluster.account.pk)
    found = dict(cluster.templates.values_list("architecture", "image_id"))
    assert found == {"amd64": aws.image(), "arm64": aws.image("arm64")}


def test_learns_nothing_from_what_it_or_karpenter_launched(cluster: Cluster, aws: Account):
    aws.run(**OWNED, **{"atharva.ai/switch": "s-1"})
    aws.run(**OWNED, **{"karpenter.sh/nodepool": "general"})
    discovery.discover_account(cluster.account.pk)
    assert set(cluster.instances.values_list("managed_by", flat=True)) == {
        ManagedBy.ATHARVA,
        ManagedBy.KARPENTER,
    }
    assert not cluster.templates.exists()


def test_keeps_what_a_person_edited(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    discovery.discover_account(cluster.account.pk)
    cluster.templates.filter(architecture="amd64").update(user_data="edited", edited=True)
    discovery.discover_account(cluster.account.pk)
    assert cluster.templates.get(architecture="amd64").user_data == "edited"


def test_keeps_the_template_when_the_last_original_node_is_gone(cluster: Cluster, aws: Account):
    [ec2_id] = aws.run(**OWNED)
    discovery.discover_account(cluster.account.pk)
    aws.cloud.terminate(ec2_id)
    discovery.discover_account(cluster.account.pk)
    assert cluster.templates.get(architecture="amd64").user_data == USER_DATA


def test_the_platforms_launch_template_is_made_once(
    cluster: Cluster, aws: Account, aws_emulator: AwsEmulator
):
    aws.run(**OWNED)
    discovery.discover_account(cluster.account.pk)
    template_id, version = launch_template_of(cluster, "amd64")
    before = aws_emulator.ask("calls")
    assert launch_template_of(cluster, "amd64") == (template_id, version)
    assert aws_emulator.ask("calls") == before
    [made] = aws.ec2.describe_launch_templates(LaunchTemplateIds=[template_id])["LaunchTemplates"]
    assert made["LaunchTemplateName"] == "atharva-prod-amd64"
    assert cloud_of(cluster).launch_spec(template_id, version).user_data == USER_DATA


def test_an_edit_makes_a_new_version(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    discovery.discover_account(cluster.account.pk)
    template_id, _ = launch_template_of(cluster, "amd64")
    cluster.templates.update(user_data="edited", edited=True)
    assert launch_template_of(cluster, "amd64") == (template_id, "2")


def test_a_launch_template_that_somebody_deleted_comes_back(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    discovery.discover_account(cluster.account.pk)
    lost, _ = launch_template_of(cluster, "amd64")
    aws.ec2.delete_launch_template(LaunchTemplateId=lost)
    read_templates(cluster)
    found, version = launch_template_of(cluster, "amd64")
    assert found != lost
    assert cloud_of(cluster).launch_spec(found, version).user_data == USER_DATA


def test_without_a_template_there_is_no_launch(cluster: Cluster):
    with pytest.raises(NoTemplate, match="Cluster prod has no node template for arm64"):
        launch_template_of(cluster, "arm64")


def test_what_is_launched_can_join_and_be_found_again(cluster: Cluster, aws: Account):
    aws.group("workers", **OWNED)
    discovery.discover_account(cluster.account.pk)
    request = launch_request(cluster, "amd64", [pool()], {"atharva.ai/switch": "s-1"})
    launched = cloud_of(cluster).launch(request, token="t-1")
    seen = aws.cloud.instances_by_id([launched.id])[launched.id]
    assert seen.tags["kubernetes.io/cluster/prod"] == "owned"
    assert seen.tags["atharva.ai/switch"] == "s-1"
    assert (seen.image_id, seen.instance_profile_arn) == (aws.image(), aws.profile_arn)
    assert seen.subnet_id == aws.subnets["us-east-1a"]
    discovery.refresh_instances(cluster.account, "us-east-1", [launched.id])
    row = Instance.objects.get(ec2_id=launched.id)
    assert (row.cluster, row.managed_by) == (cluster, ManagedBy.ATHARVA)


def test_pools_in_zones_without_a_subnet_are_left_out(cluster: Cluster, aws: Account):
    aws.group("workers", **OWNED)
    discovery.discover_account(cluster.account.pk)
    request = launch_request(cluster, "amd64", [pool("us-east-1c"), pool("us-east-1b")], {})
    assert [offer.zone for offer in request.offers] == ["us-east-1b"]
    with pytest.raises(TemplateInvalid, match="names no subnet in us-east-1c"):
        launch_request(cluster, "amd64", [pool("us-east-1c")], {})


def test_a_check_says_whether_the_template_could_be_launched(cluster: Cluster, aws: Account):
    aws.run(**OWNED)
    discovery.discover_account(cluster.account.pk)
    checked = check_templates(cluster)
    assert [(one.architecture, one.problem) for one in checked] == [("amd64", ""), ("arm64", "")]
    assert all(one.checked_at for one in checked)
    assert list(aws.cloud.instances())[0].tags == OWNED


def test_a_check_names_what_is_wrong(cluster: Cluster, aws: Account):
    NodeTemplateFactory(cluster=cluster, subnet_by_zone={})
    [template] = check_templates(cluster)
    assert "names no subnet" in template.problem
    assert NodeTemplate.objects.get(pk=template.pk).problem == template.problem
