"""How each source of the market stands."""

from datetime import datetime, timedelta

from django.db import models


class Source(models.TextChoices):
    """Where market data comes from."""

    OFFERINGS = "offerings", "Instance types and offerings"
    SPOT_PRICES = "spot_prices", "Spot prices"
    ON_DEMAND_PRICES = "on_demand_prices", "On-demand prices"
    SPOT_ADVISOR = "spot_advisor", "Spot Advisor"
    PLACEMENT_SCORES = "placement_scores", "Spot placement scores"
    QUOTAS = "quotas", "Service quotas"


class Scrape(models.Model):
    """How one source stands in one region: the last attempt, the last success, and what it brought."""

    source = models.CharField(max_length=20, choices=Source)
    region = models.CharField(max_length=30)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True, help_text="Empty while it runs")
    succeeded_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField(null=True, blank=True, help_text="When it last brought something new")
    rows = models.PositiveIntegerField(default=0, help_text="Rows that the last success brought")
    problem = models.CharField(
        max_length=400, blank=True, help_text="Why the last attempt failed, in one sentence; empty when well"
    )
    problem_code = models.CharField(max_length=60, blank=True, help_text="The same, for a program to tell")
    etag = models.CharField(max_length=200, blank=True, help_text="Of a source that is fetched over HTTP")

    class Meta:
        ordering = ["region", "source"]
        constraints = [models.UniqueConstraint(fields=["source", "region"], name="one_scrape_a_source")]

    def __str__(self) -> str:
        return f"{self.source} {self.region}"

    def age(self, now: datetime) -> timedelta | None:
        """Since the last success; None where there never was one."""
        return now - self.succeeded_at if self.succeeded_at else None
