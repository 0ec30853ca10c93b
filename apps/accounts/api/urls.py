from django.urls import path

from . import audit, people, profile, registering, signing_in, team, tokens

urlpatterns = [
    path("auth/register", registering.Register.as_view(), name="api-register"),
    path("auth/login", signing_in.Login.as_view(), name="api-login"),
    path("auth/refresh", signing_in.Refresh.as_view(), name="api-refresh"),
    path("auth/logout", signing_in.Logout.as_view(), name="api-logout"),
    path("auth/me", profile.Me.as_view(), name="api-me"),
    path("auth/tokens", tokens.ApiTokens.as_view(), name="api-tokens"),
    path("auth/tokens/<uuid:token_id>", tokens.OneApiToken.as_view(), name="api-token"),
    path("audit", audit.Trail.as_view(), name="api-audit"),
    path("audit.csv", audit.TrailAsCsv.as_view(), name="api-audit-csv"),
    path("v1/admin/users", people.People.as_view(), name="api-people"),
    path("v1/admin/users/<uuid:user_id>", people.OnePerson.as_view(), name="api-person"),
    path("admin/profile", profile.Profile.as_view(), name="api-profile"),
    path("client/<uuid:client_id>/invitations", team.Invitations.as_view(), name="api-invitations"),
    path(
        "client/<uuid:client_id>/invitations/<uuid:invitation_id>",
        team.OneInvitation.as_view(),
        name="api-invitation",
    ),
]
