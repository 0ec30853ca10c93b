"""Machine images that AWS publishes."""

from apps.fleet.errors import CloudRefused, ImageMissing

from .region import Region

PUBLISHER = "amazon"
GONE = frozenset({"InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"})
NO_PARAMETER = frozenset({"ParameterNotFound", "ParameterVersionNotFound"})


class Images(Region):
    def published_image_name(self, image_id: str) -> str:
        try:
            found = self.call(self.ec2.describe_images, ImageIds=[image_id])["Images"]
        except CloudRefused as refused:
            if refused.details["aws_code"] in GONE:
                return ""
            raise
        # Anybody may call an image what they like; the alias is given by AWS.
        names = [image.get("Name", "") for image in found if image.get("ImageOwnerAlias") == PUBLISHER]
        return next(iter(names), "")

    def public_image(self, parameter: str) -> str:
        try:
            answer = self.call(self.ssm.get_parameter, Name=parameter)
        except CloudRefused as refused:
            if refused.details["aws_code"] in NO_PARAMETER:
                raise ImageMissing(parameter=parameter) from refused
            raise
        return answer["Parameter"]["Value"]
