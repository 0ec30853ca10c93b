"""Every row of a tenant is seen by that tenant and by admins, and by nobody else."""

import pytest
from django.contrib.auth.models import AnonymousUser

from apps.accounts.models import AuditEvent, Client, User, UserStatus
from apps.accounts.tenancy import NotTenantData, path_to_client, visible_to
from apps.fleet import models as fleet
from tests.factories import (
    AdminFactory,
    ClientUserFactory,
    CloudEventFactory,
    CompleteSwitchFactory,
    CostEntryFactory,
    LabFactory,
    NodeGroupFactory,
    NodeTemplateFactory,
    NotificationFactory,
    SwitchStepFactory,
)

PATHS = {
    Client: "pk",
    User: "client",
    AuditEvent: "client",
    fleet.CloudAccount: "client",
    fleet.Cluster: "client",
    fleet.Policy: "cluster__client",
    fleet.NodeGroup: "account__client",
    fleet.NodeTemplate: "cluster__client",
    fleet.Instance: "account__client",
    fleet.Switch: "cluster__client",
    fleet.SwitchStep: "switch__cluster__client",
    fleet.Notification: "client",
    fleet.CloudEvent: "account__client",
    fleet.CostEntry: "client",
}


@pytest.mark.parametrize(("model", "path"), PATHS.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_a_row_leads_to_its_tenant(model, path) -> None:
    assert path_to_client(model) == path


@pytest.mark.parametrize("model", [fleet.Pool, fleet.InstanceType, fleet.PricePoint])
def test_what_belongs_to_no_tenant_has_no_scope(model) -> None:
    with pytest.raises(NotTenantData):
        path_to_client(model)


@pytest.mark.django_db
def test_everything_of_a_tenant_is_seen_by_it_and_by_admins_alone() -> None:
    person = ClientUserFactory()
    cluster = CompleteSwitchFactory(cluster__account__client=person.client).cluster
    for made in (NodeGroupFactory, NodeTemplateFactory, NotificationFactory, CostEntryFactory):
        made(cluster=cluster)
    SwitchStepFactory(switch__cluster=cluster)
    CloudEventFactory(account=cluster.account)
    stranger, blocked = (
        ClientUserFactory(),
        ClientUserFactory(client=person.client, status=UserStatus.BLOCKED),
    )
    for model in PATHS.keys() - {Client, User, AuditEvent}:
        assert visible_to(person, model).exists(), model
        assert visible_to(AdminFactory(), model).exists()
        for other in (stranger, blocked, LabFactory(), AnonymousUser()):
            assert not visible_to(other, model).exists()
    assert set(visible_to(person, Client)) == {person.client}
