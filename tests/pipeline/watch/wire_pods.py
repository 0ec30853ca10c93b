"""Pods as an API server sends them, managed fields and all: about 3.9 kB each."""

import json
from typing import Any

REPLICAS = 40  # of each Deployment


def pod_object(number: int, *, version: int = 1000, refused: bool = False) -> dict[str, Any]:
    """The number-th pod of a cluster whose Deployments have forty replicas each."""
    app, replica = f"service-{number // REPLICAS}", number % REPLICAS
    replica_set = f"{app}-7d9f8b6c5d"
    name = f"{replica_set}-{number:05x}"
    labels = {
        "app.kubernetes.io/name": app,
        "app.kubernetes.io/part-of": "shop",
        "pod-template-hash": "7d9f8b6c5d",
    }
    return {
        "metadata": {
            "name": name,
            "generateName": f"{replica_set}-",
            "namespace": f"team-{number // REPLICAS % 20}",
            "uid": f"{number:08x}-5717-4562-b3fc-2c963f66afa6",
            "resourceVersion": str(version + number),
            "generation": 1,
            "creationTimestamp": "2026-11-20T08:15:30Z",
            "labels": labels,
            "annotations": {
                "checksum/config": f"{number // REPLICAS:064x}",
                "prometheus.io/scrape": "true",
                "prometheus.io/port": "8080",
            },
            "ownerReferences": [
                {
                    "apiVersion": "apps/v1",
                    "kind": "ReplicaSet",
                    "name": replica_set,
                    "uid": f"{number // REPLICAS:08x}-1111-4562-b3fc-2c963f66afa6",
                    "controller": True,
                    "blockOwnerDeletion": True,
                }
            ],
            "managedFields": _managed_fields(),
        },
        "spec": _spec(app, name, "" if refused else f"ip-10-0-{number // 30 % 250}-{replica}.ec2.internal"),
        "status": _refused_status() if refused else _running_status(number),
    }


def pod_page(pods: list[dict[str, Any]], *, token: str = "") -> bytes:
    """The answer to a list of pods."""
    metadata = {"resourceVersion": "99999", **({"continue": token} if token else {})}
    return json.dumps(
        {"kind": "PodList", "apiVersion": "v1", "metadata": metadata, "items": pods}, separators=(",", ":")
    ).encode()


def watch_line(kind: str, pod: dict[str, Any]) -> bytes:
    """One event of a watch of pods."""
    body = {"type": kind, "object": {"kind": "Pod", "apiVersion": "v1", **pod}}
    return json.dumps(body, separators=(",", ":")).encode() + b"\n"


def _spec(app: str, name: str, node: str) -> dict[str, Any]:
    token = f"kube-api-access-{name[-5:]}"
    probe = {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 1}
    spec = {
        "volumes": [
            {
                "name": token,
                "projected": {
                    "sources": [
                        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                        {
                            "configMap": {
                                "name": "kube-root-ca.crt",
                                "items": [{"key": "ca.crt", "path": "ca.crt"}],
                            }
                        },
                    ],
                    "defaultMode": 420,
                },
            }
        ],
        "containers": [
            {
                "name": "main",
                "image": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/{app}:2026.11.20-5f2c1d7",
                "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
                "env": [{"name": "LOG_LEVEL", "value": "info"}, {"name": "REGION", "value": "us-east-1"}],
                "resources": {
                    "limits": {"memory": "512Mi"},
                    "requests": {"cpu": "250m", "memory": "512Mi"},
                },
                "volumeMounts": [
                    {
                        "name": token,
                        "readOnly": True,
                        "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                    }
                ],
                "livenessProbe": probe,
                "readinessProbe": probe,
                "terminationMessagePath": "/dev/termination-log",
                "imagePullPolicy": "IfNotPresent",
            }
        ],
        "restartPolicy": "Always",
        "terminationGracePeriodSeconds": 30,
        "dnsPolicy": "ClusterFirst",
        "serviceAccountName": app,
        "nodeName": node,
        "securityContext": {"runAsNonRoot": True, "fsGroup": 2000},
        "schedulerName": "default-scheduler",
        "tolerations": [
            {
                "key": "node.kubernetes.io/not-ready",
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": 300,
            },
            {
                "key": "node.kubernetes.io/unreachable",
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": 300,
            },
        ],
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": "topology.kubernetes.io/zone",
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": {"app.kubernetes.io/name": app}},
            }
        ],
        "priority": 0,
        "enableServiceLinks": True,
        "preemptionPolicy": "PreemptLowerPriority",
    }
    if not node:
        del spec["nodeName"]
    return spec


def _running_status(number: int) -> dict[str, Any]:
    kinds = ("PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled")
    at = "2026-11-20T08:15:41Z"
    return {
        "phase": "Running",
        "conditions": [
            {"type": kind, "status": "True", "lastProbeTime": None, "lastTransitionTime": at}
            for kind in kinds
        ],
        "hostIP": "10.0.12.7",
        "podIP": f"10.1.{number // 250 % 250}.{number % 250}",
        "startTime": "2026-11-20T08:15:31Z",
        "containerStatuses": [
            {
                "name": "main",
                "state": {"running": {"startedAt": at}},
                "ready": True,
                "restartCount": 0,
                "imageID": f"123456789012.dkr.ecr.us-east-1.amazonaws.com/app@sha256:{number:064x}",
                "containerID": f"containerd://{number:064x}",
                "started": True,
            }
        ],
        "qosClass": "Burstable",
    }


def _refused_status() -> dict[str, Any]:
    return {
        "phase": "Pending",
        "conditions": [
            {
                "type": "PodScheduled",
                "status": "False",
                "reason": "Unschedulable",
                "message": "0/45 nodes are available: 45 Insufficient cpu.",
                "lastProbeTime": None,
                "lastTransitionTime": "2026-11-24T08:15:30Z",
            }
        ],
        "qosClass": "Burstable",
    }


def _managed_fields() -> list[dict[str, Any]]:
    container = dict.fromkeys(
        ("f:env", "f:image", "f:imagePullPolicy", "f:livenessProbe", "f:name", "f:ports", "f:resources"), {}
    )
    return [
        {
            "manager": "kube-controller-manager",
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-11-20T08:15:30Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:metadata": {"f:annotations": {".": {}, "f:checksum/config": {}}, "f:generateName": {}},
                "f:spec": {'f:containers"k:{name:main}"': container, "f:tolerations": {}},
            },
        },
        {
            "manager": "kubelet",
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-11-20T08:15:41Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {
                "f:status": {'f:conditions"k:{type:Ready}"': {"f:status": {}}, "f:containerStatuses": {}}
            },
            "subresource": "status",
        },
    ]
