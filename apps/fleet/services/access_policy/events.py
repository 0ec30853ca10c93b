"""How AWS's warnings reach the platform: one rule a region, one queue an account."""

from .policies import VERSION, Document
from .terms import FORWARDING_ROLE_NAME, RULE_NAME, Terms

PATTERN = {
    "source": ["aws.ec2", "aws.health", "aws.autoscaling"],
    "detail-type": [
        "EC2 Spot Instance Interruption Warning",
        "EC2 Instance Rebalance Recommendation",
        "EC2 Instance State-change Notification",
        "AWS Health Event",
        "EC2 Instance-terminate Lifecycle Action",
    ],
}


def queue_policy(terms: Terms) -> Document:
    """Only the account's own rule may write into the queue."""
    rule = f"arn:aws:events:{terms.home}:{terms.account_id}:rule/{RULE_NAME}"
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sqs:SendMessage",
                "Resource": terms.queue_arn,
                "Condition": {"ArnEquals": {"aws:SourceArn": rule}},
            }
        ],
    }


def home_bus(terms: Terms) -> str:
    """Where the other regions' rules send what they see: there the rule is met again."""
    return f"arn:aws:events:{terms.home}:{terms.account_id}:event-bus/default"


def forwarding_role(terms: Terms) -> str:
    return f"arn:aws:iam::{terms.account_id}:role/{FORWARDING_ROLE_NAME}"


def forwarding_trust() -> Document:
    return {
        "Version": VERSION,
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }


def forwarding_policy(terms: Terms) -> Document:
    return {
        "Version": VERSION,
        "Statement": [{"Effect": "Allow", "Action": "events:PutEvents", "Resource": home_bus(terms)}],
    }
