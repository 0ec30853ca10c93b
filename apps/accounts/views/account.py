"""The person's own page."""

from ..pages import PersonPage


class Account(PersonPage):
    """Who one is here; where people begin who have no dashboard yet."""

    template_name = "accounts/account.html"

    def context(self) -> dict[str, object]:
        return {"page_title": "Account", "person": self.request.user}
