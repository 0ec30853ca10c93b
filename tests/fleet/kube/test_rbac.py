"""The manifest that a tenant applies: valid objects, exactly the rights of the table, in every form."""

import base64
from io import StringIO

import pytest
import yaml
from django.core.management import call_command

from apps.fleet.kube import rbac
from apps.fleet.kube.permissions import VERBS, needed_in
from apps.fleet.statuses import Mode

from .kubeconfigs import changed
from .standin import StandIn, TestCluster
from .workloads import wait_until

SUBJECTS = {"service account": rbac.SERVICE_ACCOUNT, "EKS group": rbac.EKS_GROUP}
PATHS = {
    "Namespace": "/api/v1/namespaces",
    "ServiceAccount": "/api/v1/namespaces/atharva-system/serviceaccounts",
    "Secret": "/api/v1/namespaces/atharva-system/secrets",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}


def objects(text: str) -> list[dict]:
    return list(yaml.safe_load_all(text))


def granted(text: str) -> list[dict]:
    return [rule for found in objects(text) if found["kind"] == "ClusterRole" for rule in found["rules"]]


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
@pytest.mark.parametrize("mode", Mode)
def test_the_roles_hold_the_rights_of_the_mode_and_no_other(subject: rbac.Subject, mode: Mode) -> None:
    pairs = {
        (verb, *rule.get("apiGroups", []), target)
        for rule in granted(rbac.manifest(subject, mode))
        for target in rule.get("resources") or rule["nonResourceURLs"]
        for verb in rule["verbs"]
    }
    wanted = {
        (verb.verb, verb.path) if verb.path else (verb.verb, verb.group, verb.target)
        for verb in needed_in(mode)
    }
    assert pairs == wanted
    assert "*" not in rbac.manifest(subject, mode)


@pytest.mark.parametrize("subject", SUBJECTS.values(), ids=SUBJECTS)
def test_reading_and_moving_are_two_roles_so_that_moving_can_be_taken_back_alone(
    subject: rbac.Subject,
) -> None:
    def bindings(mode: Mode) -> list[tuple[str, str]]:
        found = objects(rbac.manifest(subject, mode))
        return [
            (one["roleRef"]["name"], one["subjects"][0]["kind"])
            for one in found
            if one["kind"] == "ClusterRoleBinding"
        ]

    [(watch, kind)] = bindings(Mode.OBSERVE)
    assert bindings(Mode.ACTIVE) == [(watch, kind), ("atharva-move", kind)]


def test_each_rule_says_what_it_is_for() -> None:
    text = rbac.manifest(rbac.SERVICE_ACCOUNT, Mode.ACTIVE)
    for verb in VERBS:
        assert verb.why in text


@pytest.mark.parametrize("mode", [Mode.OBSERVE, Mode.ACTIVE])
def test_applied_it_gives_a_token_that_may_do_exactly_that(
    standin: StandIn, cluster: TestCluster, mode: Mode
) -> None:
    for found in objects(rbac.manifest(rbac.SERVICE_ACCOUNT, mode)):
        cluster.api("POST", PATHS[found["kind"]], found)
    secret = f"{PATHS['Secret']}/atharva-token"
    wait_until(lambda: cluster.api("GET", secret).get("data", {}).get("token"))
    token = base64.b64decode(cluster.api("GET", secret)["data"]["token"]).decode()

    kube = changed(cluster.kubeconfig, user={"token": token})

    assert {verb for verb in VERBS if kube.may(verb)} == set(needed_in(mode))
    assert kube.nodes()


def test_an_eks_cluster_needs_no_account_but_the_access_entry_of_the_role() -> None:
    kinds = [found["kind"] for found in objects(rbac.manifest(rbac.EKS_GROUP, Mode.OBSERVE))]
    assert kinds == ["ClusterRole", "ClusterRoleBinding"]
    commands = rbac.eks_commands(
        cluster="prod", region="eu-west-1", role_arn="arn:aws:iam::123456789012:role/atharva"
    )
    assert "aws eks create-access-entry --region eu-west-1 --cluster-name prod" in commands
    assert "--principal-arn arn:aws:iam::123456789012:role/atharva --kubernetes-groups atharva" in commands


def test_the_commands_write_a_kubeconfig_that_the_platform_can_read() -> None:
    text = rbac.kubeconfig_commands()
    config = yaml.safe_load(text.partition("<<END\n")[2].partition("END\n")[0])
    assert config["users"][0]["user"] == {"token": "$token"}
    assert set(config["clusters"][0]["cluster"]) == {"server", "certificate-authority-data"}


@pytest.mark.parametrize(
    ("flags", "subject", "mode"),
    [
        ((), rbac.SERVICE_ACCOUNT, Mode.ACTIVE),
        (("--read-only",), rbac.SERVICE_ACCOUNT, Mode.OBSERVE),
        (("--eks", "--read-only"), rbac.EKS_GROUP, Mode.OBSERVE),
    ],
)
def test_the_command_prints_it(flags: tuple[str, ...], subject: rbac.Subject, mode: Mode) -> None:
    out = StringIO()
    call_command("cluster_rbac", *flags, stdout=out)
    assert out.getvalue() == rbac.manifest(subject, mode)
