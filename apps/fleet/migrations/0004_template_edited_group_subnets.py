import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fleet", "0003_switch_asked")]
    operations = [
        migrations.AddField(
            model_name="nodegroup",
            name="subnet_ids",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="nodetemplate",
            name="edited",
            field=models.BooleanField(
                default=False, help_text="A person changed it: discovery leaves it alone"
            ),
        ),
    ]
