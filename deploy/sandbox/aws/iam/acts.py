"""What a request needs to be allowed, as AWS's service authorization reference has it."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, cast

from moto.autoscaling.models import autoscaling_backends
from moto.ec2.models import ec2_backends

from deploy.sandbox.aws.iam.calls import AwsCall
from deploy.sandbox.aws.iam.policy import Act, Values
from deploy.sandbox.aws.iam.roles import passed_role
from deploy.sandbox.aws.launching import LaunchSpec

READS = ("Describe", "Get", "List")
EC2_SERVICE = "ec2.amazonaws.com"
TYPES_BY_PREFIX = {
    "ami": "image",
    "i": "instance",
    "lt": "launch-template",
    "eni": "network-interface",
    "sg": "security-group",
    "snap": "snapshot",
    "subnet": "subnet",
    "vol": "volume",
}
# What an EC2 action acts upon: the parameters that name it.
NAMED_BY = {
    "CreateTags": "ResourceId",
    "DeleteTags": "ResourceId",
    "RebootInstances": "InstanceId",
    "StartInstances": "InstanceId",
    "StopInstances": "InstanceId",
    "TerminateInstances": "InstanceId",
}
MADE = {
    "CreateFleet": "fleet/*",
    "CreateLaunchTemplate": "launch-template/*",
    # The rest is looked at once image, subnet and tags are known: `launch`.
    "RunInstances": "instance/*",
}
# moto keeps a launch template's own tags among those that it gives to what it launches.
TAGGED_AT_LAUNCH = ("instance", "volume", "network-interface", "spot-instances-request")
TAG_SPECIFICATION = re.compile(r"TagSpecification\.(\d+)\.(ResourceType|Tag\.\d+\.(?:Key|Value))")
# A batch is allowed by the permission for one.
SQS_BATCH = "Batch"
PUBLIC_PARAMETERS = "/aws/service/"


def acts_of(call: AwsCall, account_id: str) -> list[Act]:
    """Everything that must be allowed before the call is looked at."""
    find = SERVICES.get(call.service)
    return list(find(call, account_id)) if find else [Act(f"{call.service}:{call.action}")]


def launch(spec: LaunchSpec, account_id: str, region: str) -> Iterator[Act]:
    """What RunInstances, called or done by a fleet, needs beside its own name."""
    place = f"arn:aws:ec2:{region}:{account_id}:"
    tags = _request_tags(spec.tags["instance"])
    yield Act("ec2:RunInstances", f"{place}instance/*", tags)
    for resource in ("volume/*", "network-interface/*", f"subnet/{spec.subnet_id or '*'}"):
        yield Act("ec2:RunInstances", place + resource)
    yield Act("ec2:RunInstances", f"arn:aws:ec2:{region}::image/{spec.image_id}")
    for group in spec.data.get("SecurityGroupIds") or ():
        yield Act("ec2:RunInstances", f"{place}security-group/{group}", _tags_of(account_id, region, group))
    created = {"ec2:createaction": ("RunInstances",)}
    for kind in TAGGED_AT_LAUNCH:
        values = spec.tags.get(kind, {})
        # AWS puts its own tags on without asking anybody.
        own = {key: value for key, value in values.items() if not key.startswith("aws:")}
        if own:
            yield Act("ec2:CreateTags", f"{place}{kind}/*", {**_request_tags(own), **created})
    profile = spec.data.get("IamInstanceProfile") or {}
    if name := profile.get("Arn") or profile.get("Name"):
        yield Act("iam:PassRole", passed_role(account_id, name), {"iam:passedtoservice": (EC2_SERVICE,)})


def _ec2(call: AwsCall, account_id: str) -> Iterator[Act]:
    action = f"ec2:{call.action}"
    region_keys: dict[str, Values] = dict.fromkeys(("ec2:region", "aws:requestedregion"), (call.region,))
    if call.action.startswith(READS):
        yield Act(action, "*", region_keys)
        return
    place = f"arn:aws:ec2:{call.region}:{account_id}:"
    if call.action in MADE:
        specified = dict(_specified_tags(call))
        kind = MADE[call.action].partition("/")[0]
        made = place + MADE[call.action]
        yield Act(action, made, {**region_keys, **_request_tags(specified.get(kind, {}))})
        # An instance's tags are the launch's own business.
        if kind in specified and kind != "instance":
            context = {**_request_tags(specified[kind]), "ec2:createaction": (call.action,)}
            yield Act("ec2:CreateTags", made, context)
        return
    added = _request_tags(dict(zip(_tag_part(call, "Key"), _tag_part(call, "Value"), strict=False)))
    for name in _names(call, account_id):
        kind = TYPES_BY_PREFIX.get(name.partition("-")[0], "*")
        context = {**region_keys, **added, **_tags_of(account_id, call.region, name)}
        yield Act(action, f"{place}{kind}/{name}", context)


def _names(call: AwsCall, account_id: str) -> list[str]:
    """Ids of what the call acts upon."""
    if call.action in NAMED_BY:
        return call.listed(NAMED_BY[call.action])
    if name := call.parameters.get("LaunchTemplateName"):
        backend = ec2_backends[account_id][call.region]
        return [backend.launch_template_name_to_ids.get(name, "lt-*")]
    return [call.parameters.get("LaunchTemplateId", "*")]


def _autoscaling(call: AwsCall, account_id: str) -> Iterator[Act]:
    action = f"autoscaling:{call.action}"
    if call.action.startswith(READS):
        yield Act(action)
        return
    name = call.parameters.get("AutoScalingGroupName") or _group_of(call, account_id)
    arn = f"arn:aws:autoscaling:{call.region}:{account_id}:autoScalingGroup:*:autoScalingGroupName/{name}"
    group = autoscaling_backends[account_id][call.region].autoscaling_groups.get(name)
    tags = {str(tag["Key"]): str(tag["Value"]) for tag in group.tags} if group else {}
    yield Act(action, arn, _resource_tags(tags, "autoscaling"))


def _group_of(call: AwsCall, account_id: str) -> str:
    backend = ec2_backends[account_id][call.region]
    instance = backend.get_instance_by_id(call.parameters.get("InstanceId", ""))
    group = getattr(instance, "autoscaling_group", None)
    return str(group.name) if group else "*"


def _sqs(call: AwsCall, account_id: str) -> Iterator[Act]:
    name = str(call.parameters.get("QueueUrl") or call.parameters.get("QueueName") or "*").rpartition("/")[2]
    yield Act(f"sqs:{call.action.removesuffix(SQS_BATCH)}", f"arn:aws:sqs:{call.region}:{account_id}:{name}")


def _ssm(call: AwsCall, account_id: str) -> Iterator[Act]:
    names = call.parameters.get("Names") or [call.parameters.get("Name", "*")]
    for name in names:
        owner = "" if name.startswith(PUBLIC_PARAMETERS) else account_id
        yield Act(
            f"ssm:{call.action}", f"arn:aws:ssm:{call.region}:{owner}:parameter/{name.removeprefix('/')}"
        )


def _events(call: AwsCall, account_id: str) -> Iterator[Act]:
    name = call.parameters.get("Rule") or call.parameters.get("Name")
    rule = f"arn:aws:events:{call.region}:{account_id}:rule/{name}" if name else "*"
    yield Act(f"events:{call.action}", rule)


def _eks(call: AwsCall, account_id: str) -> Iterator[Act]:
    name = call.path.get("name")
    cluster = f"arn:aws:eks:{call.region}:{account_id}:cluster/{name}" if name else "*"
    yield Act(f"eks:{call.action}", cluster)


def _iam(call: AwsCall, account_id: str) -> Iterator[Act]:
    role = call.parameters.get("RoleName")
    yield Act(f"iam:{call.action}", f"arn:aws:iam::{account_id}:role/{role}" if role else "*")


def _sts(call: AwsCall, account_id: str) -> Iterator[Act]:
    # Nobody needs a permission to learn who they are, and a role is entered by its own trust.
    yield from ()


SERVICES: Mapping[str, Callable[[AwsCall, str], Iterator[Act]]] = {
    "autoscaling": _autoscaling,
    "ec2": _ec2,
    "eks": _eks,
    "events": _events,
    "iam": _iam,
    "sqs": _sqs,
    "ssm": _ssm,
    "sts": _sts,
}


def _tag_part(call: AwsCall, part: str) -> list[str]:
    pattern = re.compile(rf"Tag\.\d+\.{part}")
    return [value for key, value in call.parameters.items() if pattern.fullmatch(key)]


def _specified_tags(call: AwsCall) -> Iterator[tuple[str, dict[str, str]]]:
    """The tags that a call gives to what it makes, by type."""
    parts: dict[str, dict[str, str]] = {}
    for key, value in call.parameters.items():
        if found := TAG_SPECIFICATION.fullmatch(key):
            parts.setdefault(found[1], {})[found[2]] = value
    for values in parts.values():
        kind = values.pop("ResourceType", "")
        yield (
            kind,
            {
                value: values.get(key.replace(".Key", ".Value"), "")
                for key, value in values.items()
                if key.endswith(".Key")
            },
        )


def _request_tags(tags: Mapping[str, str]) -> dict[str, Values]:
    if not tags:
        return {}
    return {f"aws:requesttag/{key.lower()}": (value,) for key, value in tags.items()} | {
        "aws:tagkeys": tuple(tags)
    }


def _tags_of(account_id: str, region: str, name: str) -> dict[str, Values]:
    tags = cast(dict[str, Any], ec2_backends[account_id][region].tags).get(name, {})
    return _resource_tags(tags, "ec2")


def _resource_tags(tags: Mapping[str, str], service: str) -> dict[str, Values]:
    return {
        f"{prefix}:resourcetag/{key.lower()}": (value,)
        for key, value in tags.items()
        for prefix in ("aws", service)
    }
