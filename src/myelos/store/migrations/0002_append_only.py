"""Triggers: entries and words are never changed, and entries never removed."""

from django.db import migrations

from myelos.store.triggers import install


class Migration(migrations.Migration):
    dependencies = (("store", "0001_initial"),)
    operations = (migrations.RunPython(install),)
