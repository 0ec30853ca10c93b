"""Every address of the product on one screen."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from apps.accounts.views.signing_in import back_office_sign_in, home, sign_out
from atharva import health

urlpatterns = [
    path("", home, name="home"),
    path("", include("apps.accounts.urls")),
    path("", include("apps.fleet.urls")),
    path("", include("apps.mlops.urls")),
    path("", include("apps.pipeline.urls")),
    path("api/", include("apps.accounts.api.urls")),
    path("api/", include("apps.fleet.api.urls")),
    path("api/", include("apps.pipeline.api.urls")),
    path("api/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("back-office/login/", back_office_sign_in),
    path("back-office/logout/", sign_out),
    # Django's own form would go past the services, and asks for no second word.
    path("back-office/password_change/", RedirectView.as_view(pattern_name="accounts:account_security")),
    path("back-office/", admin.site.urls),
    path("healthz/live", health.live),
    path("healthz/ready", health.ready),
]

handler400 = "atharva.web.errors.malformed"
handler403 = "atharva.web.errors.forbidden"
handler404 = "atharva.api.errors.not_found"
handler500 = "atharva.api.errors.failed"
