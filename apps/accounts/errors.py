"""What can go wrong with people and their sessions."""

from atharva.api.problems import (
    Conflict,
    Forbidden,
    Missing,
    Problem,
    Refusal,
    TooManyRequests,
    Unavailable,
)


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


class SecondFactorRequired(Problem):
    """The name and the password match; the account wants a code as well."""

    code, status = "second_factor_required", 401
    message = "This account asks for a second factor."
    hint = "Send the `code` of the authenticator app, or a recovery code, together with the password."


class SecondFactorWrong(Problem):
    """Wrong, used already, or too old."""

    code, status = "second_factor_wrong", 401
    message = "The code does not match."
    hint = "Wait for the next one, and check that your device's clock is right."


class PasswordComesFirst(Problem):
    """Nobody has shown a password here within the last minutes."""

    code, status = "password_comes_first", 401
    message = "Enter your password first; a code is waited for five minutes."


class SecondFactorPresent(Conflict):
    code = "second_factor_present"
    message = "There is a second factor already."
    hint = "Remove it first."


class OpenIdFailed(Problem):
    code, status = "openid_failed", 502
    message = "Signing in with {provider} did not work."
    hint = "Try again, or use your password."


class OpenIdCancelled(Problem):
    code, status = "openid_cancelled", 403
    message = "Signing in with {provider} was cancelled."


class OpenIdEmailUnverified(Forbidden):
    code = "openid_email_unverified"
    message = "{provider} does not vouch for your e-mail address."
    hint = "Verify it there, then try again."


class OpenIdPersonUnknown(Forbidden):
    code = "openid_person_unknown"
    message = "Nobody here has the e-mail address {email}."
    hint = "Ask an administrator for an invitation."


class OpenIdAddressUnproven(Forbidden):
    code = "openid_address_unproven"
    message = "Nobody has proven yet that {email} is theirs here."
    hint = "Follow Forgot password once: its letter proves it."


class OpenIdPersonAmbiguous(Forbidden):
    code = "openid_person_ambiguous"
    message = "Several accounts have the e-mail address {email}."
    hint = "Sign in with your username and password."


class ClientUnknown(Missing):
    code = "client_unknown"
    message = "There is no client named {client}."
    hint = "Create it with `manage.py ensure_client`."


class PersonUnknown(Missing):
    code = "person_unknown"
    message = "There is nobody with the username {username}."


class PasswordRefused(Refusal):
    code = "password_refused"
    message = "The password cannot be used: {why}"


class PersonInvalid(Refusal):
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


class SignUpClosed(Forbidden):
    code = "sign_up_closed"
    message = "Nobody can sign up here by themselves."
    hint = "Ask an administrator for an invitation."


class CompanyTaken(Conflict):
    code = "company_taken"
    message = "{company} is a client already."
    hint = "Ask somebody there for an invitation, or sign up under another name."


class EmailTaken(Conflict):
    code = "email_taken"
    message = "{email} has an account already."
    hint = "Sign in with it, or ask for a new password."


class OneselfUntouchable(Refusal):
    code = "oneself_untouchable"
    message = "Nobody changes their own role or status, or deletes themselves."
    hint = "Ask another administrator."


class LastAdmin(Refusal):
    code = "last_admin"
    message = "{person} is the last active administrator, without whom nobody could get in again."
    hint = "Make somebody else an administrator first."


class TenantNeeded(Refusal):
    code = "tenant_needed"
    message = "A person of role client works for a tenant."
    hint = "Name one."


class TenantNotForRole(Refusal):
    code = "tenant_not_for_role"
    message = "A person of role {role} works for no tenant."
    hint = "Leave the tenant out, or choose the role client."


class TenantNamedTwice(Refusal):
    code = "tenant_named_twice"
    message = "A tenant that is here and a new one are both named."
    hint = "Name one of them."


class TenantGone(Refusal):
    code = "tenant_gone"
    message = "There is no such tenant any more."
    hint = "Choose another one."


class UsernameTaken(Conflict):
    code = "username_taken"
    message = "The username {username} is somebody's already."
    hint = "Choose another one."


class CurrentPasswordWrong(Forbidden):
    code = "current_password_wrong"
    message = "The current password does not match."


class ScopeMissing(Forbidden):
    code = "scope_missing"
    message = "This API token may not do this: it lacks the scope {scope}."
    hint = "Make a token with that scope."


class NotForApiTokens(Forbidden):
    code = "not_for_api_tokens"
    message = "An API token may not do this in its person's place."
    hint = "Sign in with a password."


class ScopeNotYours(Refusal):
    code = "scope_not_yours"
    message = "Your role does not allow {scopes}, so no token of yours can."


class TokenLifetimeOutOfRange(Refusal):
    code = "token_lifetime_out_of_range"
    message = "A token can hold for at most {most_days} days, and has to hold for a while."


class NothingToChange(Refusal):
    code = "nothing_to_change"
    message = "Everything is as it was asked to be already."


class MailUnavailable(Unavailable):
    code = "mail_unavailable"
    message = "No letter can be sent at the moment."
    hint = "Try again in a few minutes."
