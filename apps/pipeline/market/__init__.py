"""The market: what each region sells, at what price, and how it has been."""

from .scraping import regions_in_use, regions_to_scrape, scrape_in_full, scrape_region

__all__ = ["regions_in_use", "regions_to_scrape", "scrape_in_full", "scrape_region"]
