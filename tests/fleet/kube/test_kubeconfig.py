import pytest
import yaml

from apps.fleet.errors import KubeconfigInvalid
from apps.fleet.kube.api import kube_for

from .kubeconfigs import changed, minimal
from .standin import TestCluster

EMPTY_PEM = "LS0tLS1CRUdJTiA="
GOOD = yaml.safe_load(minimal("https://10.0.0.1"))
REFUSED = {
    "not YAML": ("a: b: c", "it is not YAML"),
    "not a mapping": ("- a", "it is not a kubeconfig"),
    "empty": ("", "it is not a kubeconfig"),
    "no context": (yaml.safe_dump(GOOD | {"current-context": ""}), "it has no current-context"),
    "unknown context": (yaml.safe_dump(GOOD | {"current-context": "x"}), "it has no context named x"),
    "no cluster": (yaml.safe_dump(GOOD | {"clusters": []}), "it has no cluster named c"),
    "no user": (yaml.safe_dump(GOOD | {"users": None}), "it has no user named u"),
    "no server": (minimal(""), "its cluster has no server"),
    "no address": (minimal("kubernetes"), "its server 'kubernetes' is not an http"),
    "no credentials": (
        minimal("https://a", name="x"),
        "its user has neither a token nor a client certificate",
    ),
    "exec": (minimal("https://a", exec={"command": "sh"}), "its user runs a program"),
    "token file": (minimal("https://a", token="t", tokenFile="/etc/passwd"), "its user names a file"),
    "key without certificate": (
        minimal("https://a", **{"client-key-data": EMPTY_PEM}),
        "a client certificate or a key, but not both",
    ),
    "certificate not base64": (
        minimal("https://a", **{"client-certificate-data": "%%%"}),
        "its client-certificate-data is not base64",
    ),
    "certificate not PEM": (
        minimal("https://a", **{"client-certificate-data": "aGVsbG8="}),
        "its client-certificate-data holds no PEM",
    ),
    "certificate broken": (
        minimal(
            "https://a",
            **{"client-certificate-data": EMPTY_PEM, "client-key-data": EMPTY_PEM},
        ),
        "its certificates or key cannot be used",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_kubeconfig_that_cannot_be_used_says_why(case: str) -> None:
    text, why = REFUSED[case]

    with pytest.raises(KubeconfigInvalid) as refused:
        kube_for(name="prod", kubeconfig=text)

    assert str(refused.value).startswith("The kubeconfig of cluster prod cannot be used: ")
    assert why in str(refused.value)


@pytest.mark.parametrize("ca", ["aGVsbG8=", EMPTY_PEM])
def test_a_broken_certificate_authority_is_refused(cluster: TestCluster, ca: str) -> None:
    with pytest.raises(KubeconfigInvalid, match="certificate"):
        changed(cluster.kubeconfig, cluster={"certificate-authority-data": ca})
