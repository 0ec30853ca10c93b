"""What the OpenAPI schema says of signing in."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension

from ..authentication import BearerAuthentication


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its metaclass has no types
    """Found by drf-spectacular, once this module is loaded."""

    target_class = BearerAuthentication
    name = "bearer"

    def get_security_definition(self, auto_schema: object) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "An access token of POST /api/auth/login, or an API token (`atharva_pat_…`).",
        }
