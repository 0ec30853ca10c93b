from django.urls import path

from .views import (
    account,
    audit,
    invitations,
    openid,
    passwords,
    people,
    seats,
    second_factor,
    signing_in,
    signing_up,
    team,
    tokens,
)

app_name = "accounts"
urlpatterns = [
    path("sign-in", signing_in.sign_in, name="sign_in"),
    path("sign-out", signing_in.sign_out, name="sign_out"),
    path("sign-up", signing_up.sign_up, name="sign_up"),
    path("forgot-password", passwords.forgot_password, name="forgot_password"),
    path("reset-password/<str:key>/<str:secret>", passwords.ResetPassword.as_view(), name="reset_password"),
    path("join/<uuid:key>/<str:secret>", invitations.Join.as_view(), name="accept_invitation"),
    path("clients/<uuid:client_id>/team", team.Team.as_view(), name="team"),
    path(
        "clients/<uuid:client_id>/team/<uuid:invitation_id>/resend",
        seats.ResendOfTenant.as_view(),
        name="resend_invitation",
    ),
    path(
        "clients/<uuid:client_id>/team/<uuid:invitation_id>/withdraw",
        seats.WithdrawOfTenant.as_view(),
        name="withdraw_invitation",
    ),
    path("sign-in/code", second_factor.sign_in_code, name="sign_in_code"),
    path("openid/sign-in", openid.openid_sign_in, name="openid_sign_in"),
    path("openid/callback", openid.openid_callback, name="openid_callback"),
    path("people", people.People.as_view(), name="people"),
    path("people/new", people.AddPerson.as_view(), name="add_person"),
    path("people/<uuid:user_id>", people.EditPerson.as_view(), name="person"),
    path("people/<uuid:user_id>/delete", people.DeletePerson.as_view(), name="delete_person"),
    path(
        "people/<uuid:user_id>/second-factor",
        people.TakeSecondFactorAway.as_view(),
        name="take_second_factor_away",
    ),
    path(
        "people/invitations/<uuid:invitation_id>/resend",
        seats.ResendOfPlatform.as_view(),
        name="resend_platform_invitation",
    ),
    path(
        "people/invitations/<uuid:invitation_id>/withdraw",
        seats.WithdrawOfPlatform.as_view(),
        name="withdraw_platform_invitation",
    ),
    path("audit", audit.Audit.as_view(), name="audit"),
    path("clients/<uuid:client_id>/audit", audit.ClientAudit.as_view(), name="client_audit"),
    path("account", account.Profile.as_view(), name="account"),
    path("account/security", account.Security.as_view(), name="account_security"),
    path(
        "account/security/second-factor",
        second_factor.AddSecondFactor.as_view(),
        name="add_second_factor",
    ),
    path(
        "account/security/second-factor/remove",
        second_factor.RemoveSecondFactor.as_view(),
        name="remove_second_factor",
    ),
    path("account/security/sign-ins/<uuid:family_id>/end", account.EndSignIn.as_view(), name="end_sign_in"),
    path(
        "account/security/sign-out-everywhere",
        account.SignOutEverywhere.as_view(),
        name="sign_out_everywhere",
    ),
    path("account/tokens", tokens.Tokens.as_view(), name="account_tokens"),
    path("account/tokens/<uuid:token_id>/revoke", tokens.RevokeToken.as_view(), name="revoke_token"),
]
