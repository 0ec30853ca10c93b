"""Launch templates whose versions can be deleted: their numbers stay what they were."""

from typing import Any

from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateVersion

GONE = ("launchTemplateVersionDoesNotExist", "The launch template version {number} does not exist.")
DEFAULT = ("operationNotPermitted", "Launch template version {number} is the default version.")


class SandboxLaunchTemplate(LaunchTemplate):
    """moto's template, which takes a version's place in its list for the number, put right."""

    last_number = 0

    def create_version(self, data: dict[str, Any], description: str) -> LaunchTemplateVersion:
        self.last_number += 1
        version = LaunchTemplateVersion(self, self.last_number, data, description)
        self.versions.append(version)
        return version

    def get_version(self, num: Any) -> LaunchTemplateVersion:
        if str(num).lower() == "$latest":
            return self.latest_version()
        if str(num).lower() == "$default":
            return self.default_version()
        for version in self.versions:
            if str(version.number) == str(num):
                return version
        raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=num)

    def default_version(self) -> LaunchTemplateVersion:
        return self.get_version(self.default_version_number)

    def delete_version(self, number: str) -> tuple[str, str] | None:
        """Delete one; why it stays where it does (code and sentence, as EC2 has them)."""
        found = next((version for version in self.versions if str(version.number) == number), None)
        if found is None:
            return GONE[0], GONE[1].format(number=number)
        if self.is_default(found):
            return DEFAULT[0], DEFAULT[1].format(number=number)
        self.versions.remove(found)
        return None
