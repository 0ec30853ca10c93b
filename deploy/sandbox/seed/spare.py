"""The account that nobody has connected yet, and what its owner does so that somebody can."""

import base64
import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from kubernetes.client import ApiClient, CoreV1Api
from kubernetes.dynamic import DynamicClient

from deploy.sandbox.process.installation import PRINCIPAL
from deploy.sandbox.process.once import StepFailed
from deploy.sandbox.process.state import StateDir, read_json
from deploy.sandbox.seed import access, notices
from deploy.sandbox.seed.access import Document
from deploy.sandbox.seed.cloud import Cloud
from deploy.sandbox.seed.clusters import connect
from deploy.sandbox.seed.world import AccountSpec, standard

TOKEN_SECRET = "kubernetes.io/service-account-token"
FILLED_SECONDS = 30.0
POLL_SECONDS = 0.2


def kubeconfigs(state: StateDir, account: AccountSpec) -> dict[str, Path]:
    """Its clusters' kubeconfigs, which are the administrator's."""
    return {cluster.name: state.kubeconfigs / f"{cluster.name}.yaml" for cluster in account.clusters}


def described(state: StateDir, cloud: Cloud, policy: Document) -> dict[str, object]:
    """What the credentials file says of it; `policy` is the one that the product prints."""
    keys: Any = cloud.session.get_credentials()
    [(cluster, kubeconfig)] = kubeconfigs(state, cloud.account).items()
    return {
        "account_id": cloud.account.account_id,
        "region": cloud.region,
        "cluster": cluster,
        "kubeconfig": str(kubeconfig),
        "role_name": cloud.account.role_name,
        "policy": policy,
        "aws": {
            "access_key_id": keys.access_key,
            "secret_access_key": keys.secret_key,
            "session_token": keys.token,
        },
    }


def make_role(state: StateDir, external_id: str, trust: Document | None, policy: Document | None) -> None:
    """Make the role, and the queue of the account's warnings; print what the product asks for."""
    known, cloud = _open(state)
    arn = access.ensure_role(
        cloud,
        trust=trust or access.trust_in(PRINCIPAL, external_id),
        policy=policy or known["policy"],
    )
    print(json.dumps({"role_arn": arn, "queue_url": notices.ensure_notices(cloud)}, indent=2))


def delete_role(state: StateDir) -> None:
    """Take the role away."""
    access.delete_role(_open(state)[1])


def give_access(state: StateDir, manifest: str) -> None:
    """Apply the manifest to the cluster, and let the role into the groups that it binds.

    Prints a kubeconfig for the service account whose token the manifest asks for.
    """
    known, cloud = _open(state)
    documents = [document for document in yaml.safe_load_all(manifest) if document]
    api = connect(Path(known["kubeconfig"]))
    _apply(api, documents)
    for group in sorted(_groups(documents)):
        _let_in(cloud, known["cluster"], group)
    for document in documents:
        if document.get("type") == TOKEN_SECRET:
            print(_kubeconfig(api, known, document["metadata"]))


def _open(state: StateDir) -> tuple[dict[str, Any], Cloud]:
    found = read_json(state.credentials) or {}
    account = standard().spare
    if "spare" not in found or account is None:
        raise StepFailed(f"the sandbox in {state.root} has no spare account: is it up, in PROFILE standard?")
    known = found["spare"]
    return known, Cloud.entered(account, found["aws_endpoint_url"], known["aws"])


def _apply(api: ApiClient, documents: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        # The client's package has no types for this module.
        make: Any = DynamicClient
        client = make(api, cache_file=str(Path(folder) / "discovery.json"))
        for document in documents:
            resource = client.resources.get(api_version=document["apiVersion"], kind=document["kind"])
            client.server_side_apply(
                resource,
                body=document,
                name=document["metadata"]["name"],
                namespace=document["metadata"].get("namespace"),
                field_manager="owner",
                force_conflicts=True,
            )


def _groups(documents: list[dict[str, Any]]) -> set[str]:
    return {
        subject["name"]
        for document in documents
        for subject in document.get("subjects") or ()
        if subject["kind"] == "Group"
    }


def _let_in(cloud: Cloud, cluster: str, group: str) -> None:
    eks, arn = cloud.client("eks"), cloud.account.role_arn
    try:
        eks.create_access_entry(clusterName=cluster, principalArn=arn, kubernetesGroups=[group])
    except eks.exceptions.ResourceInUseException:
        eks.update_access_entry(clusterName=cluster, principalArn=arn, kubernetesGroups=[group])


def _kubeconfig(api: ApiClient, known: Mapping[str, Any], secret: Mapping[str, str]) -> str:
    """The administrator's kubeconfig with the secret's token in the place of theirs."""
    config = yaml.safe_load(Path(known["kubeconfig"]).read_text())
    config["users"][0]["user"] = {"token": _token(api, secret["name"], secret["namespace"])}
    text: str = yaml.safe_dump(config, sort_keys=False)
    return text


def _token(api: ApiClient, name: str, namespace: str) -> str:
    deadline = time.monotonic() + FILLED_SECONDS
    while time.monotonic() < deadline:
        data = CoreV1Api(api).read_namespaced_secret(name, namespace).data or {}
        if "token" in data:
            return base64.b64decode(data["token"]).decode()
        time.sleep(POLL_SECONDS)
    raise StepFailed(f"secret {name} got no token within {FILLED_SECONDS:g} s")
