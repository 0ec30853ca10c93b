import pytest

from apps.fleet.errors import ImageMissing

from .aws_account import Account

PARAMETER = "/aws/service/eks/optimized-ami/{}/amazon-linux-2023/arm64/standard/recommended/image_id"


def test_a_public_parameter_names_an_image_with_its_name(account: Account):
    image = account.cloud.public_image(PARAMETER.format("1.34"))
    assert account.cloud.published_image_name(image) == "amazon-eks-node-al2023-arm64-standard-1.34"


def test_there_is_no_image_of_a_version_that_is_not_published(account: Account):
    with pytest.raises(ImageMissing, match=r"1\.99"):
        account.cloud.public_image(PARAMETER.format("1.99"))


def test_an_image_that_somebody_called_like_awss_has_no_published_name(account: Account):
    [instance] = account.run()
    made = account.ec2.create_image(InstanceId=instance, Name="amazon-eks-node-al2023-arm64-standard-1.34")
    assert account.cloud.published_image_name(made["ImageId"]) == ""


def test_an_image_that_is_gone_has_no_published_name(account: Account):
    assert account.cloud.published_image_name("ami-0123456789abcdef0") == ""
