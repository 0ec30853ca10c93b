"""A worker is killed without warning in each state of a switch; the next one carries it to its end."""

import pytest

from apps.fleet.models import Policy
from apps.fleet.statuses import SwitchState

from .conftest import Site

FORWARD = (SwitchState.PREPARING, SwitchState.SWITCHING, SwitchState.VERIFYING, SwitchState.COMPLETE)


@pytest.mark.parametrize("state", FORWARD)
def test_killed_on_the_way(site: Site, state: SwitchState) -> None:
    node = site.tenant.nodes()[0]
    site.tenant.deployment("web", replicas=3, on=node.name, min_available=2)
    switch = site.wait(site.suggest(), state)

    site.processes.restart("switches")
    switch = site.finish(switch)

    assert switch.state == SwitchState.COMPLETE
    site.assert_consistent(deployments={"web": 3})


def test_killed_while_it_waits_to_begin(site: Site) -> None:
    node = site.tenant.nodes()[0]
    site.tenant.deployment("web", replicas=2, on=node.name, min_available=2)
    switch = site.suggest()
    while not site.read(switch).blocked_by:
        assert site.read(switch).state == SwitchState.SUGGESTED

    site.processes.restart("switches")
    site.tenant.budget("web", 1)
    switch = site.finish(switch)

    assert switch.state == SwitchState.COMPLETE
    site.assert_consistent(deployments={"web": 2})


def test_killed_while_it_rolls_back(site: Site) -> None:
    node = site.tenant.nodes()[0]
    site.tenant.deployment("web", replicas=2, on=node.name, min_available=1)
    Policy.objects.update(drain_limit_seconds=2)
    switch = site.wait(site.suggest(), SwitchState.PREPARING)
    site.tenant.budget("web", 2)
    switch = site.wait(switch, SwitchState.ROLLING_BACK)

    site.processes.restart("switches")
    switch = site.finish(switch)

    assert switch.state == SwitchState.ROLLED_BACK
    assert node.instance.ec2_id in site.tenant.living()
    site.assert_consistent(deployments={"web": 2})


def test_every_process_killed_at_once_in_the_middle(site: Site) -> None:
    node = site.tenant.nodes()[0]
    site.tenant.deployment("web", replicas=3, on=node.name, min_available=2)
    switch = site.wait(site.suggest(), SwitchState.SWITCHING)

    for name in list(site.processes.running):
        site.processes.restart(name)

    assert site.finish(switch).state == SwitchState.COMPLETE
    site.assert_consistent(deployments={"web": 3})
