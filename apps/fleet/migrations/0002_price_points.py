"""The price history, range-partitioned by day so that retention is dropping a table."""

from django.db import migrations

CREATE = """
CREATE TABLE fleet_pricepoint (
    pool_id bigint NOT NULL,
    at timestamptz NOT NULL,
    price_hourly_usd numeric(12, 6) NOT NULL,
    PRIMARY KEY (pool_id, at)
) PARTITION BY RANGE (at);
CREATE TABLE fleet_pricepoint_rest PARTITION OF fleet_pricepoint DEFAULT;
"""


class Migration(migrations.Migration):
    dependencies = [("fleet", "0001_initial")]
    operations = [migrations.RunSQL(CREATE, "DROP TABLE fleet_pricepoint CASCADE")]
