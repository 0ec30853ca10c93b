"""What a tenant applies in a cluster so that the platform may do exactly what it does there. Pure text."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..statuses import Mode
from .permissions import VERBS, Verb, needed_in

NAMESPACE = "atharva-system"
ACCOUNT = "atharva"
SECRET = "atharva-token"  # noqa: S105  # the name of an object
GROUP = "atharva"
WATCH_ROLE, MOVE_ROLE = "atharva-watch", "atharva-move"
RBAC = "rbac.authorization.k8s.io"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who gets the rights; `made` is what has to be made for it to exist."""

    text: str
    made: tuple[str, ...] = ()


SERVICE_ACCOUNT = Subject(
    f"kind: ServiceAccount\n    name: {ACCOUNT}\n    namespace: {NAMESPACE}",
    (
        f"""apiVersion: v1
kind: Namespace
metadata:
  name: {NAMESPACE}
""",
        f"""apiVersion: v1
kind: ServiceAccount
metadata:
  name: {ACCOUNT}
  namespace: {NAMESPACE}
""",
        f"""# The account's token, which goes into the kubeconfig.
apiVersion: v1
kind: Secret
type: kubernetes.io/service-account-token
metadata:
  name: {SECRET}
  namespace: {NAMESPACE}
  annotations:
    kubernetes.io/service-account.name: {ACCOUNT}
""",
    ),
)
# The access entry of an EKS cluster puts the platform's role into this group.
EKS_GROUP = Subject(f"kind: Group\n    name: {GROUP}\n    apiGroup: {RBAC}")


def manifest(subject: Subject, mode: Mode) -> str:
    """The YAML that gives `subject` the rights for `mode` and no more."""
    granted = needed_in(mode)
    watching = [verb for verb in granted if verb.needed_from == Mode.OBSERVE]
    moving = [verb for verb in granted if verb.needed_from != Mode.OBSERVE]
    documents = [
        *subject.made,
        _role(WATCH_ROLE, "Reading: enough to watch, to decide and to estimate.", watching),
        _binding(WATCH_ROLE, subject),
    ]
    if moving:
        documents += [
            _role(MOVE_ROLE, "Moving: without it nothing in the cluster can be changed.", moving),
            _binding(MOVE_ROLE, subject),
        ]
    return "---\n".join(documents)


def kubeconfig_commands(file: str = "atharva.yaml") -> str:
    """The commands that apply the manifest in `file` and write `atharva.kubeconfig` for its account."""
    secret = f"kubectl -n {NAMESPACE} get secret {SECRET} -o jsonpath="
    return f"""kubectl apply -f {file}
server=$(kubectl config view --minify --raw -o jsonpath='{{.clusters[0].cluster.server}}')
authority=$({secret}'{{.data.ca\\.crt}}')
token=$({secret}'{{.data.token}}' | base64 --decode)
cat > atharva.kubeconfig <<END
apiVersion: v1
kind: Config
current-context: atharva
contexts: [{{name: atharva, context: {{cluster: atharva, user: atharva}}}}]
clusters: [{{name: atharva, cluster: {{server: "$server", certificate-authority-data: "$authority"}}}}]
users: [{{name: atharva, user: {{token: "$token"}}}}]
END
"""


def eks_commands(*, cluster: str, region: str, role_arn: str, file: str = "atharva.yaml") -> str:
    """The commands that let the role into an EKS cluster and apply the manifest in `file`."""
    return f"""aws eks create-access-entry --region {region} --cluster-name {cluster} \\
  --principal-arn {role_arn} --kubernetes-groups {GROUP}
kubectl apply -f {file}
"""


def rules(verbs: Iterable[Verb] = VERBS) -> list[dict[str, list[str]]]:
    """The rules of a role, as RBAC holds them: one for each resource."""
    found: list[dict[str, list[str]]] = []
    for group, target, its in _by_target(verbs):
        names = [verb.verb for verb in its]
        if its[0].path:
            found.append({"nonResourceURLs": [target], "verbs": names})
        else:
            found.append({"apiGroups": [group], "resources": [target], "verbs": names})
    return found


def _role(name: str, what: str, verbs: Sequence[Verb]) -> str:
    lines = [
        f"# {what}",
        f"apiVersion: {RBAC}/v1",
        "kind: ClusterRole",
        "metadata:",
        f"  name: {name}",
        "rules:",
    ]
    for (_, _, its), rule in zip(_by_target(verbs), rules(verbs), strict=True):
        reasons = dict.fromkeys(verb.why for verb in its)
        lines += [f"  # {'; '.join(reasons)}"]
        (first, values), *others = rule.items()
        lines += [f"  - {first}: {_flow(values)}", *(f"    {key}: {_flow(values)}" for key, values in others)]
    return "\n".join(lines) + "\n"


def _binding(role: str, subject: Subject) -> str:
    return (
        f"apiVersion: {RBAC}/v1\nkind: ClusterRoleBinding\nmetadata:\n  name: {role}\n"
        f"roleRef:\n  apiGroup: {RBAC}\n  kind: ClusterRole\n  name: {role}\n"
        f"subjects:\n  - {subject.text}\n"
    )


def _by_target(verbs: Iterable[Verb]) -> list[tuple[str, str, list[Verb]]]:
    """The verbs of each resource together, in the order in which the resources come first."""
    found: dict[tuple[str, str], list[Verb]] = defaultdict(list)
    for verb in verbs:
        found[verb.group, verb.target].append(verb)
    return [(group, target, its) for (group, target), its in found.items()]


def _flow(values: Iterable[str]) -> str:
    return "[" + ", ".join(value or '""' for value in values) + "]"
