"""The part of the header that changes while one looks at a page."""

from typing import cast

from apps.accounts.pages import AdminPart, TenantPart
from atharva.web.frame import Place, PlacedRequest


class PlatformStatus(AdminPart):
    template_name = "components/frame_status.html"

    def context(self) -> dict[str, object]:
        return {}


class TenantStatus(TenantPart):
    template_name = "components/frame_status.html"

    def context(self) -> dict[str, object]:
        cast(PlacedRequest, self.request).place = Place(
            tenant_id=self.client.pk, tenant_name=self.client.name
        )
        return {}
