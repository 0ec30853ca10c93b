"""What can go wrong with people and their sessions."""

from atharva.api.problems import Malformed, Missing, Problem, TooManyRequests


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
