"""Clearing away launch templates of the platform's own, and their old versions."""

from collections.abc import Iterator

from apps.fleet.errors import CloudRefused

from ..port import OwnLaunchTemplate
from .region import Region
from .templates import ABSENT, MARK, MARK_TAG, OWNER_TAG

PAGE = 200
VERSIONS_PER_CALL = 200
ALREADY_GONE = "launchTemplateVersionDoesNotExist"


class Versions(Region):
    def own_launch_templates(self, owner: str) -> Iterator[OwnLaunchTemplate]:
        ours = [
            {"Name": f"tag:{MARK_TAG}", "Values": [MARK]},
            {"Name": f"tag:{OWNER_TAG}", "Values": [owner]},
        ]
        for page in self.call.pages(self.ec2.describe_launch_templates, Filters=ours, MaxResults=PAGE):
            for found in page["LaunchTemplates"]:
                yield OwnLaunchTemplate(
                    found["LaunchTemplateId"], found["LaunchTemplateName"], found["CreateTime"]
                )

    def delete_launch_template(self, template_id: str) -> None:
        try:
            self.call(self.ec2.delete_launch_template, LaunchTemplateId=template_id)
        except CloudRefused as refused:
            if refused.details["aws_code"] not in ABSENT:
                raise

    def delete_old_versions(self, template_id: str, *, current: str, last: int) -> int:
        versions = self._versions(template_id)
        kept = {int(current), *sorted(versions, reverse=True)[:last]}
        old = sorted(versions.keys() - kept)
        if any(versions[number] for number in old):
            # AWS does not delete the version that is the default one.
            self.call(self.ec2.modify_launch_template, LaunchTemplateId=template_id, DefaultVersion=current)
        for first in range(0, len(old), VERSIONS_PER_CALL):
            self._delete(template_id, old[first : first + VERSIONS_PER_CALL])
        return len(old)

    def _versions(self, template_id: str) -> dict[int, bool]:
        """The template's versions, and whether each is the default one; none where there is no template."""
        pages = self.call.pages(
            self.ec2.describe_launch_template_versions, LaunchTemplateId=template_id, MaxResults=PAGE
        )
        try:
            return {
                version["VersionNumber"]: version["DefaultVersion"]
                for page in pages
                for version in page["LaunchTemplateVersions"]
            }
        except CloudRefused as refused:
            if refused.details["aws_code"] in ABSENT:
                return {}
            raise

    def _delete(self, template_id: str, numbers: list[int]) -> None:
        call = self.ec2.delete_launch_template_versions
        answer = self.call(call, LaunchTemplateId=template_id, Versions=[str(number) for number in numbers])
        for failure in answer["UnsuccessfullyDeletedLaunchTemplateVersions"]:
            error = failure["ResponseError"]
            if error["Code"] != ALREADY_GONE:
                raise CloudRefused(
                    call="ec2.delete_launch_template_versions", aws_code=error["Code"], why=error["Message"]
                )
