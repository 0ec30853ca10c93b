"""Every route of the API, every page and every socket, asked by nine kinds of callers."""

import uuid

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator

from apps.pipeline.statuses import PlanPurpose
from tests.factories import (
    ApiTokenFactory,
    ClientFactory,
    CloudAccountFactory,
    ClusterFactory,
    ConnectionTestFactory,
    DisruptionBudgetFactory,
    EstimateFactory,
    InvitationFactory,
    OperationFactory,
    PriceOverlayFactory,
)
from tests.factories.pipeline import PlacementPlanFactory, PlacementRequestFactory
from tests.security.people import Who, ask, credentials
from tests.security.routes import Route, back_office, routes
from tests.security.table import ROWS

pytestmark = pytest.mark.django_db

ALL = routes()
UNKNOWN = "00000000-0000-4000-8000-000000000000"


class Undo(Exception):
    """Takes back what a request changed, so that the next caller meets the same world."""


@pytest.fixture
def world(settings):
    """One tenant with one of everything, and the callers."""
    settings.AWS_PLATFORM_PRINCIPAL = "arn:aws:iam::123456789012:role/platform"
    # Nothing of AWS is there: what asks it says so and stays whole.
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:1"
    # What one test counts is not another's.
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid.uuid4().hex}}
    tenant = ClientFactory()
    account = CloudAccountFactory(client=tenant)
    cluster = ClusterFactory(account=account)
    ConnectionTestFactory(account=account)
    ConnectionTestFactory(account=account, cluster=cluster)
    EstimateFactory(cluster=cluster)
    callers = credentials(tenant)
    person = tenant.people.get(pk=callers[Who.CLIENT].user_id)
    operation = OperationFactory(cluster=ClusterFactory(account=account), requested_by=person)
    return callers, {
        "client_id": tenant.pk,
        "account_id": account.pk,
        "cluster_id": cluster.pk,
        "operation_id": operation.pk,
        "overlay_id": PriceOverlayFactory(client=tenant).pk,
        "budget_id": DisruptionBudgetFactory(cluster=cluster).pk,
        "plan_id": PlacementPlanFactory(cluster=cluster).pk,
        "request_id": PlacementRequestFactory(cluster=cluster, purpose=PlanPurpose.WHAT_IF).pk,
        "invitation_id": InvitationFactory(client=tenant, invited_by=person).pk,
        "user_id": person.pk,
        "token_id": ApiTokenFactory(user=person).pk,
        "component": "database",
        "key": "no-such-key",
        "secret": "no-such-secret",
        "family_id": person.token_families.get().pk,
    }


def path_of(route: Route, names: dict) -> str:
    """The address with the world's ids in it."""
    path = "/" + route.pattern.replace("<uuid:key>", UNKNOWN)
    for name, value in names.items():
        for kind in ("uuid", "str", "int"):
            path = path.replace(f"<{kind}:{name}>", str(value))
    assert "<" not in path, f"{route}: the world has nothing for it"
    return path


def status_of(route: Route, path: str, caller) -> int:
    try:
        with transaction.atomic():
            sent = ROWS[route.method, route.name].sent if (route.method, route.name) in ROWS else {}
            status = ask(caller, route.method, path, api=route.is_api, sent=sent).status_code
            raise Undo
    except Undo:
        return status


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert {(route.method, route.name) for route in ALL} == set(ROWS)


def test_the_schema_names_every_route_of_the_api() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    named = {
        (method, path.lstrip("/").replace("{", "<").replace("}", ">"))
        for path, item in schema["paths"].items()
        for method in item
        if method != "parameters"
    }
    api = {
        (route.method, route.pattern.replace("uuid:", "").replace("str:", "").replace("int:", ""))
        for route in ALL
        if route.is_api and route.name not in ("api-schema", "api-docs")
    }
    assert named == api


@pytest.mark.parametrize("route", ALL, ids=str)
def test_each_caller_is_answered_what_the_table_says(route: Route, world) -> None:
    callers, names = world
    path = path_of(route, names)
    answered = {who: status_of(route, path, caller) for who, caller in callers.items()}
    assert answered == ROWS[route.method, route.name].answers(api=route.is_api)


@pytest.mark.parametrize("route", back_office(), ids=str)
def test_the_back_office_is_for_admins_alone(route: Route, world) -> None:
    callers, _ = world
    path = "/" + route.pattern
    answered = {who: status_of(route, path, caller) for who, caller in callers.items()}
    # Nothing is added by hand there (403), and signing out is a POST (405).
    assert answered.pop(Who.ADMIN) in (200, 302, 403, 405)
    assert set(answered.values()) <= {302, 403, 405}
