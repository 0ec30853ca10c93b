"""The list of Client Management: in one query, found by what is asked."""

import pytest
from django.utils import timezone

from apps.accounts.models import User, UserStatus
from apps.accounts.selectors.people import people
from tests.factories import (
    AdminFactory,
    ClientFactory,
    ClientUserFactory,
    LabFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> User:
    return AdminFactory()


@pytest.mark.requirement("6.1")
def test_the_list_is_one_query_and_leaves_the_deleted_out(admin, django_assert_num_queries) -> None:
    ClientUserFactory.create_batch(3)
    ClientUserFactory(deleted_at=timezone.now())
    with django_assert_num_queries(1):
        assert len([str(person.client) for person in people()]) == 4


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"search": "ada acme"}, ["Ada"]),
        ({"search": "EXAMPLE.COM"}, ["Ada", "Bob"]),
        ({"role": "lab"}, ["Cleo"]),
        ({"status": "blocked"}, ["Bob"]),
        ({"ordering": "-name"}, ["Cleo", "Bob", "Ada"]),
        ({"ordering": "last_login"}, ["Bob", "Ada", "Cleo"]),
        ({"ordering": "-last_login"}, ["Bob", "Ada", "Cleo"]),
        ({"ordering": "client"}, ["Ada", "Bob", "Cleo"]),
    ],
    ids=str,
)
def test_people_are_found_by_what_is_asked_and_in_the_order_asked_for(asked, names) -> None:
    acme = ClientFactory(name="Acme")
    ClientUserFactory(name="Ada", username="ada@example.com", client=acme)
    ClientUserFactory(
        name="Bob",
        username="bob@example.com",
        client=ClientFactory(name="Beta"),
        status=UserStatus.BLOCKED,
        last_login=timezone.now(),
    )
    LabFactory(name="Cleo", username="cleo", email="")
    found = [person.name for person in people(**asked)]
    if "last_login" in asked.get("ordering", ""):
        # Those who never came in are last either way, in no order of their own.
        assert found[0] == "Bob"
    else:
        assert found == names
