from django.urls import path

from . import views

urlpatterns = [
    path("login", views.Login.as_view(), name="api-login"),
    path("refresh", views.Refresh.as_view(), name="api-refresh"),
    path("logout", views.Logout.as_view(), name="api-logout"),
    path("me", views.Me.as_view(), name="api-me"),
]
