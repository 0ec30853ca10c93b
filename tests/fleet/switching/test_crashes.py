"""A worker that dies right after a call and before the record launches nothing twice and loses nothing."""

import pytest

from apps.fleet.models import Switch
from apps.fleet.services import switching
from apps.fleet.services.switching import advancing
from apps.fleet.statuses import SwitchState

from .conftest import Driver

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """What a SIGKILL is to the code under test: nothing after it runs."""


def test_dying_after_every_single_call_still_ends_with_one_replacement(
    small: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, *others = small.tenant.nodes()
    small.tenant.deployment("web", replicas=2, on=node.name, min_available=1)
    switch = small.suggest(node)
    store, deaths = advancing.store, []

    def die_once_a_revision(row: Switch, outcome: object) -> bool:
        if row.revision not in deaths:
            deaths.append(row.revision)
            raise Killed
        return store(row, outcome)  # type: ignore[arg-type]  passed on as it came

    monkeypatch.setattr(advancing, "store", die_once_a_revision)

    def advance_and_survive(pk: object) -> None:
        try:
            advancing.advance(pk)  # type: ignore[arg-type]  passed on as it came
        except Killed:
            return

    monkeypatch.setattr(switching, "advance", advance_and_survive)
    switch = small.finish(switch)

    assert switch.state == SwitchState.COMPLETE
    assert len(deaths) > 5
    assert small.tenant.living() == {n.instance.ec2_id for n in others} | {switch.new_instance.ec2_id}
    assert small.tenant.ready("web") == 2
