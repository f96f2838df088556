"""The table of drafts."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account", models.CharField(max_length=80)),
                ("trial", models.CharField(max_length=80)),
                ("person", models.CharField(max_length=80)),
                ("visit", models.CharField(max_length=80)),
                ("data", models.JSONField()),
                ("version", models.PositiveIntegerField()),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "trial", "person", "visit"), name="one_draft_each"
                    )
                ],
            },
        ),
    ]
