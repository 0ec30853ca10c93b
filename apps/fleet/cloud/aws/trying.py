"""Trying what an account allows, without effect: by DryRun, a short reading, or a target that nobody has."""

from collections.abc import Mapping

from botocore import xform_name

from apps.fleet.errors import AccessDenied, CloudRefused

from ..port import Trial
from .permissions import BY_ACTION, NO_NAME, OUR_TAG, OWN_TEMPLATE, QUEUE_URL
from .region import Region
from .sessions import SESSION_NAME, client
from .templates import ABSENT, MARK, MARK_TAG

NO_QUEUE = ("NonExistentQueue", "QueueDoesNotExist")


class Trying(Region):
    def try_platform(self) -> None:
        self.call(client("sts", self.region, None).get_caller_identity)

    def try_role(self) -> None:
        self._assume(ExternalId=self.role.external_id)

    def try_role_without_id(self) -> None:
        self._assume()

    def try_action(self, action: str, *, queue_url: str = "") -> Trial:
        permission = BY_ACTION[action]
        if permission.trial is None:
            raise LookupError(f"{action} cannot be tried alone")
        service = getattr(self, permission.service)
        method = getattr(service, permission.method or xform_name(action.partition(":")[2]))
        try:
            parameters = self._filled(permission.trial, queue_url)
        except AccessDenied:
            return Trial(allowed=False, known=False)
        try:
            self.call(method, **parameters)
        except AccessDenied as denied:
            if str(denied.details["call"]).startswith("sts."):
                raise  # the role itself does not hold any more: this says nothing of the action
            return Trial(allowed=False)
        except CloudRefused as refused:
            # AWS looks at the permission first: whatever else it minds, it has let us in.
            return Trial(allowed=True, queue_missing=str(refused.details["aws_code"]).endswith(NO_QUEUE))
        return Trial(allowed=True)

    def end_trials(self) -> None:
        try:
            self.call(self.ec2.delete_launch_template, LaunchTemplateName=NO_NAME)
        except CloudRefused as refused:
            if refused.details["aws_code"] not in ABSENT:
                raise

    def _assume(self, **proof: str) -> None:
        sts = client("sts", self.region, None)
        self.call(sts.assume_role, RoleArn=self.role.arn, RoleSessionName=SESSION_NAME, **proof)

    def _filled(self, parameters: Mapping[str, object], queue_url: str) -> dict[str, object]:
        values = {QUEUE_URL: lambda: queue_url, OWN_TEMPLATE: self._own_template}
        return {
            name: values[value]() if isinstance(value, str) and value in values else value
            for name, value in parameters.items()
        }

    def _own_template(self) -> str:
        """A template that carries our mark: what may be done with ours alone cannot be tried on any other."""
        ours = [{"Name": f"tag:{MARK_TAG}", "Values": [MARK]}]
        found = self.call(self.ec2.describe_launch_templates, Filters=ours)["LaunchTemplates"]
        if found:
            return found[0]["LaunchTemplateId"]
        made = self.call(
            self.ec2.create_launch_template,
            LaunchTemplateName=NO_NAME,
            LaunchTemplateData={"InstanceType": "m5.large"},
            TagSpecifications=[{"ResourceType": "launch-template", "Tags": [OUR_TAG]}],
        )
        return made["LaunchTemplate"]["LaunchTemplateId"]
