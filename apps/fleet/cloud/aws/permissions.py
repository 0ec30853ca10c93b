"""Every AWS action that the platform needs, what for, how narrowly, and how it is tried: the one table.

A role's policy is rendered from it and a connection test tries it row by row. It holds exactly what the
adapter's modules call, and what AWS asks for on top of a call (`along_with`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from .templates import MARK, MARK_TAG

# Targets of a try that no account has: AWS looks whether we may before it misses them.
NO_INSTANCE, NO_TEMPLATE, NO_IMAGE = "i-00000000000000000", "lt-00000000000000000", "ami-00000000000000000"
NO_NAME = "atharva-connection-test"
# Stand in a try's parameters for what is known only when it is made.
OWN_TEMPLATE, QUEUE_URL = "{own template}", "{queue url}"
# Stands in a resource for the address of the account's queue of EC2 events.
QUEUE_ARN = "{queue arn}"

Parameters = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Grant:
    """On what actions are allowed, and when; the actions of one grant make one statement."""

    sid: str
    resources: tuple[str, ...] = ("*",)
    condition: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Permission:
    """One action. `trial` holds the parameters of a harmless call; None where it cannot be tried alone.

    `without` says what is done where an account keeps it to itself; empty where it cannot be done without.
    """

    action: str
    why: str
    trial: Parameters | None
    grants: tuple[Grant, ...]
    method: str = ""  # of the client, where it is not named as the action is
    along_with: str = ""  # the action whose call makes AWS ask for this one
    is_global: bool = False  # one answer holds for all regions
    without: str = ""

    @property
    def service(self) -> str:
        return self.action.partition(":")[0]


READ = Grant("Read")
LAUNCH = Grant("LaunchAndEnd")
GROUPS = Grant("LeaveAndRefillGroups")
TAG_INSTANCES = Grant("TagInstances", ("arn:aws:ec2:*:*:instance/*", "arn:aws:ec2:*:*:volume/*"))
TAG_NEW_TEMPLATES = Grant(
    "TagOwnTemplatesWhenMade",
    ("arn:aws:ec2:*:*:launch-template/*",),
    {"StringEquals": {"ec2:CreateAction": "CreateLaunchTemplate"}},
)
NEW_TEMPLATES = Grant(
    "MakeOwnTemplates",
    ("arn:aws:ec2:*:*:launch-template/*",),
    {"StringEquals": {f"aws:RequestTag/{MARK_TAG}": MARK}},
)
OWN_TEMPLATES = Grant(
    "ChangeOwnTemplates",
    ("arn:aws:ec2:*:*:launch-template/*",),
    {"StringEquals": {f"aws:ResourceTag/{MARK_TAG}": MARK}},
)
PUBLIC_IMAGES = Grant("ReadPublicImages", ("arn:aws:ssm:*::parameter/aws/service/*",))
NODE_ROLES = Grant(
    "PassNodeRoles",
    ("arn:aws:iam::*:role/*",),
    {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}},
)
SPOT_ROLE = Grant(
    "MakeSpotRoleOnce",
    ("arn:aws:iam::*:role/aws-service-role/spot.amazonaws.com/AWSServiceRoleForEC2Spot",),
    {"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}},
)
QUEUE = Grant("ReadOwnQueue", (QUEUE_ARN,))

PAGE = {"MaxResults": 5}
DRY = {"DryRun": True}
OUR_TAG = {"Key": MARK_TAG, "Value": MARK}
OWN = {**DRY, "LaunchTemplateId": OWN_TEMPLATE}
CREATE_FLEET = "ec2:CreateFleet"

PERMISSIONS = (
    Permission("ec2:DescribeInstances", "to see your nodes", PAGE, (READ,)),
    Permission("ec2:DescribeInstanceStatus", "to know when a new node is healthy", PAGE, (READ,)),
    Permission(
        "ec2:DescribeInstanceAttribute",
        "to read how your nodes start, so that a replacement joins the same cluster",
        {"InstanceId": NO_INSTANCE, "Attribute": "userData", **DRY},
        (READ,),
    ),
    Permission("ec2:DescribeInstanceTypes", "to know which types a pod fits on", PAGE, (READ,)),
    Permission("ec2:DescribeInstanceTypeOfferings", "to know what each zone sells", PAGE, (READ,)),
    Permission("ec2:DescribeSpotPriceHistory", "to compare spot prices", PAGE, (READ,)),
    Permission(
        "ec2:GetSpotPlacementScores",
        "to know how likely a spot pool has room",
        {"InstanceTypes": ["m5.large"], "TargetCapacity": 1, **DRY},
        (READ,),
        without="Pools are then compared without it.",
    ),
    Permission(
        "ec2:DescribeAvailabilityZones",
        "to know which zone a placement score is for",
        DRY,
        (READ,),
        without="Pools are then compared without placement scores.",
    ),
    Permission(
        "servicequotas:ListServiceQuotas",
        "to offer no pool that your quotas do not allow",
        {"ServiceCode": "ec2", "MaxResults": 1},
        (READ,),
        without="A launch beyond a quota is then found out by trying.",
    ),
    Permission("ec2:DescribeSubnets", "to put a node into the right zone", PAGE, (READ,)),
    Permission("ec2:DescribeVolumes", "to give a new node the same disks", PAGE, (READ,)),
    Permission(
        "ec2:DescribeImages", "to recognise the image of your nodes", {"ImageIds": [NO_IMAGE]}, (READ,)
    ),
    Permission("ec2:DescribeLaunchTemplates", "to find our own launch templates", {"MaxResults": 1}, (READ,)),
    Permission(
        "ec2:DescribeLaunchTemplateVersions",
        "to read what your node groups launch",
        {"LaunchTemplateId": NO_TEMPLATE},
        (READ,),
    ),
    Permission(
        "autoscaling:DescribeAutoScalingGroups", "to see your node groups", {"MaxRecords": 1}, (READ,)
    ),
    Permission(
        "autoscaling:DescribeAutoScalingInstances",
        "to know which group a node is in",
        {"MaxRecords": 1},
        (READ,),
    ),
    Permission(
        "pricing:GetProducts",
        "to know on-demand prices, and so what you save",
        {"ServiceCode": "AmazonEC2", "MaxResults": 1},
        (READ,),
        is_global=True,
    ),
    Permission(
        "ssm:GetParameter",
        "to find the EKS image for another architecture",
        {"Name": f"/aws/service/{NO_NAME}"},
        (PUBLIC_IMAGES,),
    ),
    Permission("eks:ListClusters", "to find your EKS clusters", {"maxResults": 1}, (READ,)),
    Permission("eks:DescribeCluster", "to know the address of a cluster's API", {"name": NO_NAME}, (READ,)),
    Permission(
        CREATE_FLEET,
        "to launch a replacement",
        {
            **DRY,
            "Type": "instant",
            "TargetCapacitySpecification": {
                "TotalTargetCapacity": 1,
                "DefaultTargetCapacityType": "spot",
            },
            "LaunchTemplateConfigs": [
                {"LaunchTemplateSpecification": {"LaunchTemplateId": NO_TEMPLATE, "Version": "1"}}
            ],
        },
        (LAUNCH,),
    ),
    Permission(
        "ec2:RunInstances",
        "because a fleet launches its instances by it",
        {**DRY, "ImageId": NO_IMAGE, "InstanceType": "m5.large", "MinCount": 1, "MaxCount": 1},
        (LAUNCH,),
        along_with=CREATE_FLEET,
    ),
    Permission(
        "iam:PassRole",
        "because a new node carries the role that your nodes carry",
        None,
        (NODE_ROLES,),
        along_with=CREATE_FLEET,
        is_global=True,
    ),
    Permission(
        "iam:CreateServiceLinkedRole",
        "because the first spot instance of an account makes AWS's own role for spot",
        None,
        (SPOT_ROLE,),
        along_with=CREATE_FLEET,
        is_global=True,
    ),
    Permission(
        "ec2:TerminateInstances",
        "to end a node once its pods have moved",
        {**DRY, "InstanceIds": [NO_INSTANCE]},
        (LAUNCH,),
    ),
    Permission(
        "ec2:CreateTags",
        "to mark what we launch, and to tell it from yours",
        {**DRY, "Resources": [NO_INSTANCE], "Tags": [OUR_TAG]},
        (TAG_INSTANCES, TAG_NEW_TEMPLATES),
    ),
    Permission(
        "ec2:DeleteTags",
        "to take our marks away when you leave",
        {**DRY, "Resources": [NO_INSTANCE], "Tags": [OUR_TAG]},
        (TAG_INSTANCES,),
    ),
    Permission(
        "ec2:CreateLaunchTemplate",
        "to keep a launch template of our own for each cluster",
        {
            **DRY,
            "LaunchTemplateName": NO_NAME,
            "LaunchTemplateData": {"InstanceType": "m5.large"},
            "TagSpecifications": [{"ResourceType": "launch-template", "Tags": [OUR_TAG]}],
        },
        (NEW_TEMPLATES,),
    ),
    Permission(
        "ec2:CreateLaunchTemplateVersion",
        "to follow a change of your nodes",
        {**OWN, "LaunchTemplateData": {"InstanceType": "m5.large"}},
        (OWN_TEMPLATES,),
    ),
    Permission(
        "ec2:ModifyLaunchTemplate",
        "to clear away old versions",
        {**OWN, "DefaultVersion": "1"},
        (OWN_TEMPLATES,),
    ),
    Permission(
        "ec2:DeleteLaunchTemplateVersions",
        "to clear away old versions",
        {**OWN, "Versions": ["9999"]},
        (OWN_TEMPLATES,),
    ),
    Permission("ec2:DeleteLaunchTemplate", "to leave nothing of ours behind", OWN, (OWN_TEMPLATES,)),
    Permission(
        "autoscaling:TerminateInstanceInAutoScalingGroup",
        "to take a node out of its group without the group launching another",
        {"InstanceId": NO_INSTANCE, "ShouldDecrementDesiredCapacity": True},
        (GROUPS,),
    ),
    Permission(
        "autoscaling:SetDesiredCapacity",
        "to give your groups back what was taken when you leave",
        {"AutoScalingGroupName": NO_NAME, "DesiredCapacity": 0},
        (GROUPS,),
    ),
    Permission(
        "sqs:ReceiveMessage",
        "to hear of interruptions as they are announced",
        # Nothing is hidden from the reader of the queue.
        {"QueueUrl": QUEUE_URL, "MaxNumberOfMessages": 1, "VisibilityTimeout": 0, "WaitTimeSeconds": 0},
        (QUEUE,),
        is_global=True,
    ),
    Permission(
        "sqs:DeleteMessage",
        "to take what was heard out of the queue",
        {"QueueUrl": QUEUE_URL, "Entries": [{"Id": "0", "ReceiptHandle": NO_NAME}]},
        (QUEUE,),
        method="delete_message_batch",
        is_global=True,
    ),
)
BY_ACTION = {permission.action: permission for permission in PERMISSIONS}
