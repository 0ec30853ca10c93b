from django.urls import path

from .views import account, invitations, passwords, signing_in, signing_up, team

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
        team.Resend.as_view(),
        name="resend_invitation",
    ),
    path(
        "clients/<uuid:client_id>/team/<uuid:invitation_id>/withdraw",
        team.Withdraw.as_view(),
        name="withdraw_invitation",
    ),
    path("account", account.Account.as_view(), name="account"),
]
