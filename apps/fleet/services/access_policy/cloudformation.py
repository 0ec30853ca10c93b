"""The role, the queue and the rules as one CloudFormation stack."""

import yaml

from . import events, policies
from .policies import Document
from .terms import (
    FORWARDING_ROLE_NAME,
    MESSAGES_KEPT_SECONDS,
    POLICY_NAME,
    QUEUE_NAME,
    ROLE_NAME,
    RULE_NAME,
    Terms,
)

HOME, ELSEWHERE = "Home", "Elsewhere"


def cloudformation(terms: Terms) -> str:
    """A template in YAML. With several regions the same one is deployed in each, the queue's first."""
    conditions: Document = {HOME: {"Fn::Equals": [{"Ref": "AWS::Region"}, terms.home]}}
    resources = _at_home(terms)
    if terms.others:
        conditions[ELSEWHERE] = {"Fn::Not": [{"Condition": HOME}]}
        resources |= _elsewhere(terms)
    template: Document = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": _description(terms),
        "Conditions": conditions,
        "Resources": resources,
        "Outputs": {
            "RoleArn": {"Condition": HOME, "Value": {"Fn::GetAtt": ["Role", "Arn"]}},
            "QueueUrl": {"Condition": HOME, "Value": {"Ref": "Queue"}},
        },
    }
    text: str = yaml.safe_dump(template, sort_keys=False, width=110)
    return text


def _description(terms: Terms) -> str:
    first = f"Lets Atharva.AI watch and steer the nodes of account {terms.account_id}."
    if not terms.others:
        return f"{first} Deploy it in {terms.home}."
    return f"{first} Deploy it in {terms.home} first, then the same in {', '.join(terms.others)}."


def _at_home(terms: Terms) -> Document:
    rule = _rule(HOME, {"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}})
    return {
        "Role": _role(
            ROLE_NAME,
            policies.trust_policy(terms.principal, terms.external_id),
            POLICY_NAME,
            policies.permission_policy(terms.queue_arn),
        ),
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Condition": HOME,
            "Properties": {
                "QueueName": QUEUE_NAME,
                "MessageRetentionPeriod": MESSAGES_KEPT_SECONDS,
                "SqsManagedSseEnabled": True,
            },
        },
        "QueuePolicy": {
            "Type": "AWS::SQS::QueuePolicy",
            "Condition": HOME,
            "Properties": {"Queues": [{"Ref": "Queue"}], "PolicyDocument": events.queue_policy(terms)},
        },
        "Events": rule,
    }


def _elsewhere(terms: Terms) -> Document:
    target: Document = {"Id": "home", "Arn": events.home_bus(terms), "RoleArn": events.forwarding_role(terms)}
    return {
        "ForwardingRole": _role(
            FORWARDING_ROLE_NAME,
            events.forwarding_trust(),
            FORWARDING_ROLE_NAME,
            events.forwarding_policy(terms),
        ),
        "EventsSentHome": _rule(ELSEWHERE, target),
    }


def _role(name: str, trust: Document, policy_name: str, policy: Document) -> Document:
    return {
        "Type": "AWS::IAM::Role",
        "Condition": HOME,
        "Properties": {
            "RoleName": name,
            "AssumeRolePolicyDocument": trust,
            "Policies": [{"PolicyName": policy_name, "PolicyDocument": policy}],
        },
    }


def _rule(condition: str, target: Document) -> Document:
    return {
        "Type": "AWS::Events::Rule",
        "Condition": condition,
        "Properties": {"Name": RULE_NAME, "EventPattern": events.PATTERN, "Targets": [target]},
    }
