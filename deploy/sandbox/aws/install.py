"""Puts the sandbox's classes in the place of moto's. Must run before moto's applications are created."""

import moto.autoscaling.models
import moto.ec2.models
import moto.ec2.models.instances
import moto.ec2.models.launch_templates
import moto.ec2.urls
import moto.eks.models
import moto.eks.urls
import moto.ssm.models
import moto.sts.models

from deploy.sandbox.aws.autoscaling import SandboxAutoScalingBackend, SandboxGroup
from deploy.sandbox.aws.ec2 import SandboxEC2Backend
from deploy.sandbox.aws.eks import SandboxEksBackend, SandboxEksResponse
from deploy.sandbox.aws.iam.roles import SandboxTokenBackend
from deploy.sandbox.aws.images import SandboxParameterBackend
from deploy.sandbox.aws.instances import SandboxInstance
from deploy.sandbox.aws.responses import SandboxEC2Response
from deploy.sandbox.aws.versions import SandboxLaunchTemplate
from deploy.sandbox.aws.world import World


def install(world: World) -> None:
    """Make every account that is touched from now on one of `world`."""
    SandboxEC2Backend.world = world
    SandboxGroup.world = world
    moto.ec2.models.instances.Instance = SandboxInstance  # type: ignore[misc]  # moto has no other way in
    moto.ec2.models.launch_templates.LaunchTemplate = SandboxLaunchTemplate  # type: ignore[misc]  # likewise
    moto.ec2.models.ec2_backends.backend = SandboxEC2Backend
    moto.ec2.urls.url_paths["{0}/"] = SandboxEC2Response.dispatch
    moto.autoscaling.models.FakeAutoScalingGroup = SandboxGroup  # type: ignore[misc]  # moto has no other way in
    moto.autoscaling.models.autoscaling_backends.backend = SandboxAutoScalingBackend
    moto.ssm.models.ssm_backends.backend = SandboxParameterBackend
    moto.eks.models.eks_backends.backend = SandboxEksBackend
    entries = "{0}/clusters/(?P<name>[^/]+)/access-entries"
    for path in (*moto.eks.urls.url_paths, f"{entries}$", f"{entries}/(?P<principalArn>.+)$"):
        moto.eks.urls.url_paths[path] = SandboxEksResponse.dispatch
    moto.sts.models.sts_backends.backend = SandboxTokenBackend
