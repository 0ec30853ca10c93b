"""The role, the queue and the rules in Terraform's language."""

import json
import textwrap

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

# From version 6 on a resource names its region by itself, so that one module serves several regions.
HEAD = """\
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0"
    }
  }
}
"""
ROLE = """\
resource "aws_iam_role" "%(label)s" {
  name               = "%(name)s"
  assume_role_policy = %(trust)s
}

resource "aws_iam_role_policy" "%(label)s" {
  name   = "%(policy_name)s"
  role   = aws_iam_role.%(label)s.id
  policy = %(policy)s
}
"""
QUEUE = """\
resource "aws_sqs_queue" "atharva_events" {
  region                    = "%(home)s"
  name                      = "%(queue)s"
  message_retention_seconds = %(kept)d
  sqs_managed_sse_enabled   = true
}

resource "aws_sqs_queue_policy" "atharva_events" {
  region    = "%(home)s"
  queue_url = aws_sqs_queue.atharva_events.url
  policy    = %(policy)s
}

resource "aws_cloudwatch_event_rule" "atharva_events" {
  region        = "%(home)s"
  name          = "%(rule)s"
  event_pattern = %(pattern)s
}

resource "aws_cloudwatch_event_target" "atharva_events" {
  region = "%(home)s"
  rule   = aws_cloudwatch_event_rule.atharva_events.name
  arn    = aws_sqs_queue.atharva_events.arn
}
"""
ELSEWHERE = """\
resource "aws_cloudwatch_event_rule" "atharva_events_elsewhere" {
  for_each      = toset(%(others)s)
  region        = each.key
  name          = "%(rule)s"
  event_pattern = %(pattern)s
}

resource "aws_cloudwatch_event_target" "atharva_events_elsewhere" {
  for_each = aws_cloudwatch_event_rule.atharva_events_elsewhere
  region   = each.key
  rule     = each.value.name
  arn      = "%(bus)s"
  role_arn = aws_iam_role.atharva_forwards_events.arn
}
"""
OUTPUTS = """\
output "role_arn" {
  value = aws_iam_role.atharva_access.arn
}

output "queue_url" {
  value = aws_sqs_queue.atharva_events.url
}
"""


def terraform(terms: Terms) -> str:
    """One file in HCL; `terraform apply` makes everything in all regions of the account."""
    trust = policies.trust_policy(terms.principal, terms.external_id)
    parts = [
        HEAD,
        _role("atharva_access", ROLE_NAME, trust, POLICY_NAME, policies.permission_policy(terms.queue_arn)),
        QUEUE
        % {
            "home": terms.home,
            "queue": QUEUE_NAME,
            "kept": MESSAGES_KEPT_SECONDS,
            "policy": _encoded(events.queue_policy(terms)),
            "rule": RULE_NAME,
            "pattern": _encoded(events.PATTERN),
        },
    ]
    if terms.others:
        parts += _elsewhere(terms)
    return "\n".join([*parts, OUTPUTS])


def _elsewhere(terms: Terms) -> list[str]:
    name = FORWARDING_ROLE_NAME
    rules = ELSEWHERE % {
        "others": json.dumps(list(terms.others)),
        "rule": RULE_NAME,
        "pattern": _encoded(events.PATTERN),
        "bus": events.home_bus(terms),
    }
    role = _role(
        "atharva_forwards_events", name, events.forwarding_trust(), name, events.forwarding_policy(terms)
    )
    return [role, rules]


def _role(label: str, name: str, trust: Document, policy_name: str, policy: Document) -> str:
    return ROLE % {
        "label": label,
        "name": name,
        "trust": _encoded(trust),
        "policy_name": policy_name,
        "policy": _encoded(policy),
    }


def _encoded(document: object) -> str:
    """A document as an expression: JSON is part of the language, within a function that gives text."""
    return f"jsonencode({textwrap.indent(json.dumps(document, indent=2), '  ').strip()})"
