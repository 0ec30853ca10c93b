"""What a policy's document says, read as AWS reads it."""

import json

import pytest

from deploy.sandbox.aws.iam.policy import Act, Verdict, statements_of, verdict
from tests.sandbox.aws.statements import allow, deny


@pytest.mark.parametrize(
    ("statement", "act", "expected"),
    [
        (allow("ec2:Describe*"), Act("ec2:DescribeVpcs"), Verdict.ALLOWED),
        (allow("EC2:describevpcs"), Act("ec2:DescribeVpcs"), Verdict.ALLOWED),
        (allow("ec2:Describe?pcs"), Act("ec2:DescribeVpcs"), Verdict.ALLOWED),
        (allow("ec2:*", resource="arn:aws:ec2:*:*:instance/*"), Act("ec2:DescribeVpcs"), Verdict.UNSAID),
        (allow("a:b", resource="arn:x/*"), Act("a:b", "arn:x/1"), Verdict.ALLOWED),
        (allow("a:b", resource="arn:x/*"), Act("a:b", "arn:y/1"), Verdict.UNSAID),
        ({"Effect": "Allow", "NotAction": "a:*", "Resource": "*"}, Act("a:b"), Verdict.UNSAID),
        ({"Effect": "Allow", "NotAction": "a:*", "Resource": "*"}, Act("c:d"), Verdict.ALLOWED),
        (deny("a:*"), Act("a:b"), Verdict.FORBIDDEN),
    ],
)
def test_a_statement_speaks_of_what_its_wildcards_cover(statement, act, expected):
    assert verdict(statements_of(json.dumps({"Statement": statement})), act) is expected


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringEquals": {"aws:ResourceTag/a": "1"}}, {"aws:resourcetag/a": ("1",)}, True),
        ({"StringEquals": {"aws:ResourceTag/a": ["0", "1"]}}, {"aws:resourcetag/a": ("1",)}, True),
        ({"StringEquals": {"aws:ResourceTag/a": "1"}}, {}, False),
        ({"StringEqualsIfExists": {"aws:ResourceTag/a": "1"}}, {}, True),
        ({"StringNotEquals": {"aws:ResourceTag/a": "1"}}, {"aws:resourcetag/a": ("1",)}, False),
        ({"StringLike": {"aws:ResourceTag/a": "x*"}}, {"aws:resourcetag/a": ("xyz",)}, True),
        ({"Null": {"aws:ResourceTag/a": "false"}}, {}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:tagkeys": ("a", "c")}, False),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:tagkeys": ("a", "c")}, True),
        ({"Bool": {"aws:SecureTransport": "true"}}, {}, True),
    ],
)
def test_conditions_hold_as_awss_do(condition, context, expected):
    document = json.dumps({"Statement": allow("a:b", Condition=condition)})
    found = verdict(statements_of(document), Act("a:b", "*", context))
    assert (found is Verdict.ALLOWED) is expected
