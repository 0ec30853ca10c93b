"""The check in front of every AWS call: may the caller do this?"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from deploy.sandbox.aws.iam import acts
from deploy.sandbox.aws.iam.calls import AwsCall
from deploy.sandbox.aws.iam.policy import Act, Verdict, matches, verdict
from deploy.sandbox.aws.iam.roles import Caller, Roles, caller_of
from deploy.sandbox.aws.launching import LaunchSpec

# With DryRun these look at ids and capacity too, and stop themselves.
STOP_THEMSELVES = ("CreateFleet", "DeleteLaunchTemplateVersions", "RunInstances", "TerminateInstances")


@dataclass(frozen=True, slots=True)
class Denial:
    """What is missing, in AWS's words."""

    caller: Caller
    act: Act
    why: str

    @property
    def sentence(self) -> str:
        # SQS is the one service that writes its actions small here.
        action = self.act.action.lower() if self.act.action.startswith("sqs:") else self.act.action
        where = "" if self.act.resource == "*" else f" on resource: {self.act.resource}"
        why = f" {self.why.format(action=action)}" if self.why else ""
        return f"User: {self.caller.arn} is not authorized to perform: {action}{where}{why}"


UNSAID = "because no identity-based policy allows the {action} action"
FORBIDDEN = "with an explicit deny in an identity-based policy"
# What the control API takes away, an organisation takes away in AWS.
TAKEN_AWAY = "with an explicit deny in a service control policy"


@dataclass
class Gate:
    """Roles, and the actions that were taken away from every role of an account but its owner's."""

    roles: Roles = field(default_factory=Roles)
    taken_away: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def denial(self, call: AwsCall) -> Denial | None:
        """Why the call is not allowed, None where it is."""
        caller = caller_of(call.access_key)
        if call.service == "sts" and call.action == "AssumeRole":
            return self._entry(caller, call)
        if not self._is_bound(caller):
            return None
        return self._first_denial(caller, acts.acts_of(call, caller.account_id))

    def launch_denial(self, access_key: str, spec: LaunchSpec, region: str) -> Denial | None:
        """Why the caller may not launch that, None where they may."""
        caller = caller_of(access_key)
        if not self._is_bound(caller):
            return None
        return self._first_denial(caller, acts.launch(spec, caller.account_id, region))

    def _is_bound(self, caller: Caller) -> bool:
        if not caller.role or caller.is_owner:
            return False
        return caller.account_id in self.taken_away or self.roles.statements(caller) is not None

    def _entry(self, caller: Caller, call: AwsCall) -> Denial | None:
        role_arn = call.parameters.get("RoleArn", "")
        if self.roles.may_become(caller, role_arn, call.parameters.get("ExternalId", "")):
            return None
        return Denial(caller, Act("sts:AssumeRole", role_arn), "")

    def _first_denial(self, caller: Caller, needed: Iterable[Act]) -> Denial | None:
        statements = self.roles.statements(caller)
        taken_away = self.taken_away.get(caller.account_id, ())
        for act in needed:
            if any(matches(pattern, act.action) for pattern in taken_away):
                return Denial(caller, act, TAKEN_AWAY)
            if statements is None:
                continue
            found = verdict(statements, act)
            if found is not Verdict.ALLOWED:
                return Denial(caller, act, FORBIDDEN if found is Verdict.FORBIDDEN else UNSAID)
        return None
