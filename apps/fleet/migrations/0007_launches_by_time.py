from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fleet", "0006_placement_and_budgets")]

    operations = [
        migrations.AddIndex(
            model_name="launch",
            index=models.Index(fields=["-created_at"], name="launches_by_time"),
        ),
    ]
