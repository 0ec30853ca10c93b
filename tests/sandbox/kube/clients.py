"""The official client of a cluster that the control API made."""

import base64
from collections.abc import Mapping

from kubernetes.client import ApiClient
from kubernetes.config import new_client_from_config_dict


def client_of(made: Mapping[str, str], token: str) -> ApiClient:
    """The API of the cluster that `made` describes, with a bearer token."""
    authority = base64.b64encode(made["ca"].encode()).decode()
    cluster = {"server": made["server"], "certificate-authority-data": authority}
    client: ApiClient = new_client_from_config_dict(
        {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": cluster}],
            "users": [{"name": "u", "user": {"token": token}}],
        }
    )
    return client
