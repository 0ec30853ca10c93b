"""What a new node registers with, read from each kind of user data."""

import pytest

from apps.fleet.models import NodeTemplate
from apps.pipeline.optimizer.model import Taint
from apps.pipeline.placement.registration import registration_of

BOOTSTRAP = """#!/bin/bash
/etc/eks/bootstrap.sh shop --kubelet-extra-args '--node-labels=team=web,eks.amazonaws.com/nodegroup=general \\
  --register-with-taints=dedicated=web:NoSchedule,soft=x:PreferNoSchedule'
"""
NODEADM = """MIME-Version: 1.0
apiVersion: node.eks.aws/v1alpha1
kind: NodeConfig
spec:
  kubelet:
    flags:
      - --node-labels=team=web,eks.amazonaws.com/nodegroup=general
      - "--register-with-taints=dedicated=web:NoSchedule"
"""
BOTTLEROCKET = """[settings.kubernetes]
cluster-name = "shop"
[settings.kubernetes.node-labels]
"team" = "web"
"eks.amazonaws.com/nodegroup" = "general"
[settings.kubernetes.node-taints]
"dedicated" = ["web:NoSchedule"]
[settings.host-containers]
"other" = "x"
"""


def template(user_data="", **values):
    return NodeTemplate(user_data=user_data, **values)


@pytest.mark.parametrize(
    "user_data", [BOOTSTRAP, NODEADM, BOTTLEROCKET], ids=["bootstrap", "nodeadm", "toml"]
)
def test_labels_and_taints_stand_in_the_user_data(user_data):
    found = registration_of(template(user_data))

    assert found.labels == {"team": "web", "eks.amazonaws.com/nodegroup": "general"}
    assert found.taints == {Taint("dedicated", "web", "NoSchedule")}


def test_tags_that_cluster_autoscaler_reads_are_read_too():
    prefix = "k8s.io/cluster-autoscaler/node-template"
    found = registration_of(
        template(tags={f"{prefix}/label/disk": "ssd", f"{prefix}/taint/gpu": "true:NoExecute", "team": "x"})
    )

    assert found.labels == {"disk": "ssd"}
    assert found.taints == {Taint("gpu", "true", "NoExecute")}


@pytest.mark.parametrize(
    ("devices", "gib"),
    [([], 20), ([{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 100}}], 100), ([{"Ebs": None}], 20)],
)
def test_ephemeral_storage_is_what_the_kubelet_leaves_of_the_root_volume(devices, gib):
    found = registration_of(template(block_devices=devices))

    assert found.storage_mib == int(gib * 1024 * 0.998 * 0.9) - 1024


def test_amazons_own_example_of_a_twenty_gib_volume_is_met():
    """A node of 20 GiB reports 18242267924 bytes allocatable."""
    assert abs(registration_of(template()).storage_mib - 18242267924 // 2**20) < 60
