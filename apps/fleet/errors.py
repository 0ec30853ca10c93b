"""What can go wrong in the fleet. Clouds and clusters raise these, never their libraries' own errors."""

from atharva.api.problems import Conflict, Malformed, Missing, Problem, Refusal, Unavailable


class IllegalTransition(Conflict):
    code = "illegal_transition"
    message = "Switch {switch} cannot go from {before} to {after}."


# ------------------------------------------------------------------ the cloud


class CloudUnreachable(Unavailable):
    code = "cloud_unreachable"
    message = "AWS did not answer {call} in {region}: {why}."
    hint = "The platform tries again by itself; check the network and the account's endpoint."


class Throttled(Unavailable):
    code = "cloud_throttled"
    message = "AWS throttles {call} in account {account}."
    hint = "The platform slows down and tries again by itself."


class AccessDenied(Refusal):
    code = "cloud_access_denied"
    message = "Account {account} does not allow {call}."
    hint = "Add the permission to the role that the platform assumes."


class CloudRefused(Refusal):
    code = "cloud_refused"
    message = "AWS refused {call}: {aws_code}, {why}."


class InsufficientCapacity(Unavailable):
    code = "insufficient_capacity"
    message = "None of the pools tried has room: {pools}."


class TemplateInvalid(Refusal):
    code = "template_invalid"
    message = "The node template cannot be launched: {aws_code}, {why}."
    hint = "Open the cluster's node template and correct what AWS names."


class NoTemplate(Refusal):
    code = "no_template"
    message = "Cluster {cluster} has no node template for {architecture}."
    hint = "Run discovery, or enter one on the cluster's page."


class ImageMissing(Missing):
    code = "image_missing"
    message = "AWS publishes no image as {parameter}."


class InstanceMissing(Missing):
    code = "instance_missing"
    message = "EC2 knows no instance {instance}."


class GroupAtMinimum(Refusal):
    code = "group_at_minimum"
    message = "Auto Scaling group {group} is at its minimum of {minimum}."
    hint = "Lower its minimum, or exclude its nodes from Atharva in the cluster's policy."


class GroupMissing(Missing):
    code = "group_missing"
    message = "There is no Auto Scaling group {group}."


class GroupTooSmall(Refusal):
    code = "group_too_small"
    message = "Auto Scaling group {group} would need {wanted} members; its maximum is {maximum}."
    hint = "Raise its maximum, then try again."


# ---------------------------------------------------------------- the cluster


class ClusterUnreachable(Unavailable):
    code = "cluster_unreachable"
    message = "The API of cluster {cluster} does not answer: {why}."
    hint = "The platform tries again by itself; check the address in its kubeconfig."


class ClusterRefused(Refusal):
    code = "cluster_refused"
    message = "Cluster {cluster} refused {call}: {why}."


class ClusterForbidden(ClusterRefused):
    code = "cluster_forbidden"
    message = "Cluster {cluster} does not let the platform {call}."
    hint = "Apply the RBAC manifest of the cluster's page again."


class ClusterUnauthorized(ClusterRefused):
    code = "cluster_unauthorized"
    message = "Cluster {cluster} does not accept the platform's credentials."
    hint = "Give it a fresh kubeconfig; an EKS cluster wants the access entry that its page shows."


class KubeconfigInvalid(Refusal):
    code = "kubeconfig_invalid"
    message = "The kubeconfig of cluster {cluster} cannot be used: {why}."


class ClusterAddressRefused(Refusal):
    code = "cluster_address_refused"
    message = "Cluster {cluster} is not looked for at {host}: that network is this platform's own."
    hint = "Name an address at which the cluster's API can be reached from outside."


class NodeMissing(Missing):
    code = "node_missing"
    message = "Cluster {cluster} has no node {node}."


class WatchExpired(Problem):
    code = "watch_expired"
    message = "The watch of {what} in cluster {cluster} is too old to go on."
    hint = "It is listed again."


# ------------------------------------------------------------------- switching


class SwitchRefused(Refusal):
    code = "switch_refused"
    message = "{instance} is not moved: {why}."


class AlreadyMoving(Conflict):
    code = "already_moving"
    message = "{instance} already takes part in switch {switch}."


class ClusterLeft(Conflict):
    code = "cluster_left"
    message = "Cluster {cluster} was given back already."
    hint = "Connect it again to have it watched."


class ClusterLeaving(Conflict):
    code = "cluster_leaving"
    message = "Cluster {cluster} is being given back; nothing of it can be changed meanwhile."
    hint = "Cancel the operation first."


# ------------------------------------------------------------------ operations


class OperationUnderWay(Conflict):
    code = "operation_under_way"
    message = "This is being done already: {operation}."
    hint = "Wait for it to end, or cancel it."


class OperationEnded(Conflict):
    code = "operation_ended"
    message = "{operation}: this has ended already, or was cancelled."
    hint = "Ask for a new one."


class NothingToRetry(Conflict):
    code = "nothing_to_retry"
    message = "{operation}: none of its items has failed."


class KeyUsedOtherwise(Conflict):
    code = "idempotency_key_used_otherwise"
    message = "The Idempotency-Key {key} is that of another request: {operation}."
    hint = "Send a new key with every new request."


# ------------------------------------------------------------------- policies


class ModeRefused(Refusal):
    code = "mode_refused"
    message = "{cluster} does not go to {mode} yet: {why}"
    hint = "Correct it, then test the connection again on the cluster's page."


class NameNotTyped(Refusal):
    code = "name_not_typed"
    message = "Nothing was changed: the name that was typed is not {cluster}."
    hint = "So large a step is confirmed by typing the cluster's name."


class WeightsUnbalanced(Refusal):
    code = "weights_unbalanced"
    message = "The four weights add up to {total}, not to 1."
    hint = "Send all four, so that together they make 1."


class PriceOverlayInvalid(Refusal):
    code = "price_overlay_invalid"
    message = "The price is not kept: {why}."


class BudgetInvalid(Refusal):
    code = "budget_invalid"
    message = "The budget is not kept: {why}."


# ----------------------------------------------------------------- connecting


class ConnectionInvalid(Refusal):
    code = "connection_invalid"
    message = "{what} {value!r} cannot be used: {why}."


class AccountUnknown(Missing):
    code = "account_unknown"
    message = "Client {client} has no account named {account}."
    hint = "Connect it with `manage.py connect_account`."


class AccountTaken(Conflict):
    code = "account_taken"
    message = "AWS account {account_id} is connected already, under another client or name."


class PlatformPrincipalUnknown(Conflict):
    code = "platform_principal_unknown"
    message = "This installation does not know the AWS principal as which it comes."
    hint = "Whoever runs it sets PLATFORM_PRINCIPAL_ARN to the ARN of its role or user."


class RoleUnknown(Conflict):
    code = "role_unknown"
    message = "Account {account} has no role yet."
    hint = "Create it from the template and enter its ARN first."


class AccountUntested(Conflict):
    code = "account_untested"
    message = "Account {account} is not connected yet: {why}."
    hint = "Test its connection until nothing is missing, then connect it."


class AccountInUse(Conflict):
    code = "account_in_use"
    message = "Account {account} still has {clusters}."
    hint = "Give every cluster of it back first."


class EksClusterMissing(Missing):
    code = "eks_cluster_missing"
    message = "AWS account {account} has no EKS cluster {cluster} in {region}."


class EksClusterNotReady(Conflict):
    code = "eks_cluster_not_ready"
    message = "EKS says that cluster {cluster} is {status}: it has no API to connect to."
    hint = "Try again once it is active."


class EstimateMissing(Missing):
    code = "estimate_missing"
    message = "No decision has estimated cluster {cluster} yet."
    hint = "The first comes within five minutes of connecting it."


class ClusterTaken(Conflict):
    code = "cluster_taken"
    message = "Account {account} has a cluster {cluster} connected already."
    hint = "Replace its kubeconfig on its own page."


class UsageFileInvalid(Malformed):
    code = "usage_file_invalid"
    message = "{file} is not imported: {why}."
    hint = "Nothing of it was stored."
