"""From which zones a pod's volumes can be reached."""

import pytest

from apps.fleet.kube import wire
from apps.fleet.kube.port import Kube
from apps.fleet.kube.volumes import ONE_BY_ONE, zones_of

from .standin import TestCluster
from .workloads import claim, volume


def test_the_zones_of_a_claim_are_those_of_its_volume(cluster: TestCluster, kube: Kube) -> None:
    volume(cluster, "one", zones=["us-east-1a"])
    volume(cluster, "two", zones=["us-east-1b", "us-east-1c"], key="topology.ebs.csi.aws.com/zone")
    volume(cluster, "everywhere", zones=[])
    claim(cluster, "of-one", volume="one")
    claim(cluster, "of-two", volume="two", namespace="kube-system")
    claim(cluster, "of-everywhere", volume="everywhere")
    claim(cluster, "unbound")
    names = ("of-one", "of-everywhere", "unbound", "not-there")

    found = kube.claim_zones([*(("default", name) for name in names), ("kube-system", "of-two")])

    assert found == {
        ("default", "of-one"): {"us-east-1a"},
        ("default", "of-everywhere"): None,
        ("default", "unbound"): None,
        ("kube-system", "of-two"): {"us-east-1b", "us-east-1c"},
    }


def test_many_claims_are_read_with_two_lists(cluster: TestCluster, kube: Kube) -> None:
    names = [f"data-{number}" for number in range(ONE_BY_ONE + 1)]
    for name in names:
        volume(cluster, name, zones=["us-east-1a"])
        claim(cluster, name, volume=name)
    claim(cluster, "of-nobody-that-asks", volume=names[0])

    found = kube.claim_zones([("default", name) for name in names])

    assert found == {("default", name): {"us-east-1a"} for name in names}
    calls = cluster.calls()
    assert (calls["list persistentvolumeclaims"], calls["list persistentvolumes"]) == (1, 1)


def test_without_claims_nothing_is_asked(cluster: TestCluster, kube: Kube) -> None:
    assert kube.claim_zones([]) == {}
    assert "list persistentvolumes" not in cluster.calls()


def expression(key: str, *values: str) -> wire.Expression:
    return wire.Expression(key, "In", list(values))


ZONE, LEGACY = "topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"


@pytest.mark.parametrize(
    ("terms", "labels", "zones"),
    [
        ([], {}, None),
        ([[expression(ZONE, "a"), expression("kubernetes.io/arch", "arm64")]], {}, {"a"}),
        ([[expression(ZONE, "a", "b"), expression(LEGACY, "b", "c")]], {}, {"b"}),
        ([[expression(ZONE, "a")], [expression("kubernetes.io/hostname", "node")]], {}, None),
        ([], {LEGACY: "a__b"}, {"a", "b"}),
        ([[expression(ZONE, "a", "c")]], {ZONE: "a__b"}, {"a"}),
    ],
)
def test_zones_are_what_every_word_of_the_volume_allows(terms, labels, zones) -> None:
    selector = wire.NodeSelector([wire.NodeSelectorTerm(term) for term in terms])
    spec = wire.PersistentVolumeSpec(wire.VolumeAffinity(selector))
    assert zones_of(wire.PersistentVolume(wire.Metadata(labels=labels), spec)) == zones
