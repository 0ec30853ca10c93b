"""Every factory makes a row that the database takes, whole and alone."""

import pytest
from factory.django import DjangoModelFactory

from apps.accounts import models as accounts
from apps.fleet import models as fleet
from tests import factories

FACTORIES = [
    made
    for made in vars(factories).values()
    if isinstance(made, type) and issubclass(made, DjangoModelFactory) and made._meta.model is not None
]
ROWS = [f for f in FACTORIES if f not in (factories.UserFactory, factories.InstanceFactory)]
MODELS = {
    model
    for app in (accounts, fleet)
    for name in app.__all__
    if hasattr(model := getattr(app, name), "objects")
}


def test_every_model_has_a_factory() -> None:
    assert {made._meta.model for made in FACTORIES} == MODELS


@pytest.mark.django_db
@pytest.mark.parametrize("made", ROWS, ids=lambda made: made.__name__)
def test_a_factory_makes_two_rows_that_satisfy_their_model(made: type[DjangoModelFactory]) -> None:
    for row in made.create_batch(2):
        row.refresh_from_db()
        unset = [
            f.name for f in row._meta.fields if not f.concrete or getattr(row, f.attname) in (None, [], {})
        ]
        row.full_clean(exclude=unset, validate_unique=False)


@pytest.mark.django_db
def test_what_hangs_together_belongs_to_one_tenant() -> None:
    switch = factories.CompleteSwitchFactory()
    client = switch.cluster.client
    assert {switch.cluster.account.client, switch.old_instance.account.client} == {client}
    assert switch.new_instance.cluster == switch.cluster
    assert switch.cluster.policy.mode == "active"
