"""Launch templates of ours that nobody uses go with the discovery; nobody else's ever do."""

from datetime import timedelta

import pytest

from apps.fleet.models import CloudAccount, Cluster
from apps.fleet.services import discovery
from apps.fleet.services.templates import launch_template_of
from tests.factories import ClusterFactory, SwitchFactory
from tests.fleet.cloud.aws_account import Account
from tests.fleet.cloud.test_templates import versions

OWNED = {"kubernetes.io/cluster/prod": "owned"}


@pytest.fixture
def cluster(account: CloudAccount, aws: Account) -> Cluster:
    """A cluster that launches its nodes from a template of the platform's."""
    made: Cluster = ClusterFactory(account=account, name="prod")
    aws.run(**OWNED)
    discovery.discover_account(account.pk)
    launch_template_of(made, "amd64")
    return made


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is too young to be removed."""
    monkeypatch.setattr("apps.fleet.services.templates.pruning.SETTLED", timedelta(0))


def edit(cluster: Cluster, times: int) -> str:
    """Change the template so often; its id."""
    for number in range(times):
        cluster.templates.filter(architecture="amd64").update(user_data=f"{number}", edited=True)
        template, _ = launch_template_of(cluster, "amd64")
    return template


def names(aws: Account) -> set[str]:
    found = aws.ec2.describe_launch_templates()["LaunchTemplates"]
    return {template["LaunchTemplateName"] for template in found}


def test_the_last_two_versions_stay(cluster: Cluster, aws: Account):
    template = edit(cluster, 5)
    assert len(versions(aws, template)) == 6
    for _ in range(2):
        assert discovery.discover_account(cluster.account.pk) == ""
        assert versions(aws, template) == [5, 6]
    assert launch_template_of(cluster, "amd64") == (template, "6")


def test_no_version_goes_while_a_switch_launches(cluster: Cluster, aws: Account):
    template = edit(cluster, 3)
    switch = SwitchFactory(cluster=cluster)
    discovery.discover_account(cluster.account.pk)
    assert versions(aws, template) == [1, 2, 3, 4]
    switch.delete()
    discovery.discover_account(cluster.account.pk)
    assert versions(aws, template) == [3, 4]


@pytest.mark.usefixtures("settled")
def test_the_templates_of_a_cluster_that_is_gone_go(cluster: Cluster, aws: Account):
    account = cluster.account
    cluster.instances.update(cluster=None)
    cluster.delete()
    for _ in range(2):
        assert discovery.discover_account(account.pk) == ""
        assert "atharva-prod-amd64" not in names(aws)


def test_a_template_that_was_made_a_moment_ago_stays(cluster: Cluster, aws: Account):
    """Its id may not be stored yet."""
    cluster.templates.update(launch_template_id="")
    discovery.discover_account(cluster.account.pk)
    assert "atharva-prod-amd64" in names(aws)


@pytest.mark.usefixtures("settled")
def test_nobody_elses_template_goes(cluster: Cluster, aws: Account):
    aws.ec2.create_launch_template(
        LaunchTemplateName="atharva-gone-amd64", LaunchTemplateData={"InstanceType": "m5.large"}
    )
    aws.cloud.ensure_launch_template("atharva-gone-arm64", aws.spec(), owner="another installation")
    before = names(aws)
    discovery.discover_account(cluster.account.pk)
    assert names(aws) == before
