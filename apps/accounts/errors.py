"""What can go wrong with people and their sessions."""

from atharva.api.problems import Conflict, Forbidden, Malformed, Missing, Problem, TooManyRequests


class InvalidCredentials(Problem):
    code, status = "invalid_credentials", 401
    message = "Username and password do not match."


class AccountBlocked(Problem):
    code, status = "account_blocked", 403
    message = "This account is blocked."
    hint = "Ask an administrator to open it again."


class TooManyTries(TooManyRequests):
    code = "too_many_tries"
    message = "Too many failed tries to sign in."


class SecondFactorWrong(Problem):
    """Wrong, used already, or too old."""

    code, status = "second_factor_wrong", 401
    message = "The code does not match."
    hint = "Wait for the next one, and check that your device's clock is right."


class SecondFactorPresent(Conflict):
    code = "second_factor_present"
    message = "There is a second factor already."
    hint = "Remove it first."


class ClientUnknown(Missing):
    code = "client_unknown"
    message = "There is no client named {client}."
    hint = "Create it with `manage.py ensure_client`."


class PasswordRefused(Malformed):
    code = "password_refused"
    message = "The password cannot be used: {why}"


class PersonInvalid(Malformed):
    code = "person_invalid"
    message = "{username} cannot be kept: {why}"


class InvitationNotAllowed(Forbidden):
    code = "invitation_not_allowed"
    message = "You cannot invite somebody as {role} to {where}."


class AddressTaken(Conflict):
    code = "address_taken"
    message = "{email} is somebody's here already, or is invited elsewhere."
    hint = "Use another address, or ask an administrator."


class AlreadyInvited(Conflict):
    code = "already_invited"
    message = "{email} has an open invitation."
    hint = "Send it again, or withdraw it."


class TooManyInvitations(Conflict):
    code = "too_many_invitations"
    message = "{most} invitations are open, which is the most."
    hint = "Withdraw those that nobody will follow."


class InvitationClosed(Conflict):
    code = "invitation_closed"
    message = "The invitation of {email} was {became} already."


class InvitationVoid(Problem):
    """Wrong, expired, used or withdrawn: not told apart, since whoever asks may be guessing."""

    code, status = "invitation_void", 410
    message = "This invitation does not hold any more."
    hint = "Ask the person who invited you for a new one."


class ResetLinkVoid(Problem):
    """Wrong, expired or used."""

    code, status = "reset_link_void", 410
    message = "This link does not hold any more."
    hint = "Ask for a new one."
