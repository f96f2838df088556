"""The tables."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Kept",
            fields=[
                ("trial", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("seq", models.BigIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("state", models.BinaryField()),
                ("code", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="Personal",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "trial", "person", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("trial", models.CharField(max_length=80)),
                ("person", models.CharField(max_length=80)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("birth_date", models.DateField(null=True)),
                ("hospital_number", models.CharField(blank=True, max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="Words",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "trial", "reference", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("trial", models.CharField(max_length=80)),
                ("reference", models.CharField(max_length=71)),
                ("salt", models.BinaryField()),
                ("text", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "trial", "seq", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("trial", models.CharField(max_length=80)),
                ("seq", models.BigIntegerField()),
                ("command", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=80)),
                ("at", models.CharField(max_length=27)),
                ("recorded_at", models.CharField(max_length=27)),
                ("by", models.CharField(max_length=80)),
                ("role", models.CharField(max_length=80)),
                ("site", models.CharField(max_length=80)),
                ("why", models.CharField(max_length=80)),
                ("person", models.CharField(max_length=80)),
                ("event", models.CharField(max_length=80)),
                ("version", models.IntegerField()),
                ("previous", models.CharField(max_length=64)),
                ("digest", models.CharField(max_length=64)),
                ("text", models.TextField()),
            ],
        ),
    ]
