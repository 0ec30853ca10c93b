"""Another autoscaler in the cluster is noticed, and forgotten once it is really gone."""

import pytest

from apps.fleet.kube.port import Owner, SeenNode
from apps.pipeline.watch.autoscalers import GONE_SECONDS, AutoscalerSeen, autoscaler_among
from tests.fleet.draining.pods import NOW, pod


def node(**labels: str) -> SeenNode:
    return SeenNode("node-a", "uid", "", True, False, NOW, labels, {}, (), 2000, 8192, 110)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"labels": {"app.kubernetes.io/name": "karpenter"}}, "Karpenter"),
        ({"labels": {"app.kubernetes.io/name": "aws-cluster-autoscaler"}}, "Cluster Autoscaler"),
        ({"labels": {"app": "cluster-autoscaler"}}, "Cluster Autoscaler"),
        (
            {"owner": Owner("ReplicaSet", "system", "cluster-autoscaler-6d4cf56db6")},
            "Cluster Autoscaler",
        ),
        ({"owner": Owner("ReplicaSet", "shop", "karpenter-dashboard-6d4cf56db6")}, ""),
        ({"labels": {"app": "web"}}, ""),
    ],
)
def test_it_is_known_by_its_labels_or_its_deployment(changes, name) -> None:
    assert autoscaler_among([pod("web"), pod(**changes)], [node()]) == name


def test_the_one_that_runs_outside_is_known_by_its_nodes() -> None:
    assert autoscaler_among([], [node(**{"eks.amazonaws.com/compute-type": "auto"})]) == "EKS Auto Mode"


def test_it_is_news_once() -> None:
    seen = AutoscalerSeen("")
    assert not seen.is_news("", 0.0)
    assert seen.is_news("Karpenter", 1.0)
    assert not seen.is_news("Karpenter", 2.0)


def test_one_that_is_being_replaced_is_not_gone() -> None:
    seen = AutoscalerSeen("Karpenter")
    assert not seen.is_news("", 0.0)
    assert not seen.is_news("", GONE_SECONDS - 1)
    assert not seen.is_news("Karpenter", GONE_SECONDS)
    assert not seen.is_news("", GONE_SECONDS + 1)
    assert not seen.is_news("", 2 * GONE_SECONDS)
    assert seen.is_news("", 2 * GONE_SECONDS + 1)
