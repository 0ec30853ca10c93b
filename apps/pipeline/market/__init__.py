"""The market: what each region sells, at what price, and how it has been."""

from .scraping import regions_to_scrape, scrape_region

__all__ = ["regions_to_scrape", "scrape_region"]
