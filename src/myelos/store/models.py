"""What the store keeps. Entries are only ever added: triggers of the database refuse the rest.

Words and personal data lie apart, since they may have to be erased; a snapshot can be thrown away any time.
"""

from __future__ import annotations

from django.db import models


class Entry(models.Model):
    """One line of a ledger: the text that was hashed, its digest, and columns to find it by."""

    pk = models.CompositePrimaryKey("trial", "seq")
    trial = models.CharField(max_length=80)
    seq = models.BigIntegerField()
    command = models.CharField(max_length=80)
    kind = models.CharField(max_length=80)
    at = models.CharField(max_length=27)
    recorded_at = models.CharField(max_length=27)
    by = models.CharField(max_length=80)
    role = models.CharField(max_length=80)
    site = models.CharField(max_length=80)
    why = models.CharField(max_length=80)
    person = models.CharField(max_length=80)
    event = models.CharField(max_length=80)
    version = models.IntegerField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    text = models.TextField()


class Words(models.Model):
    """Free text by its reference in a ledger, until it is erased."""

    pk = models.CompositePrimaryKey("trial", "reference")
    trial = models.CharField(max_length=80)
    reference = models.CharField(max_length=71)
    salt = models.BinaryField()
    text = models.TextField()


class Personal(models.Model):
    """Who a trial code is: the only place for a name, and erasable."""

    pk = models.CompositePrimaryKey("trial", "person")
    trial = models.CharField(max_length=80)
    person = models.CharField(max_length=80)
    name = models.CharField(max_length=200, blank=True)
    birth_date = models.DateField(null=True)
    hospital_number = models.CharField(max_length=80, blank=True)


class Kept(models.Model):
    """A snapshot of a trial after entry ``seq``, with a code that vouches for it. Disposable."""

    trial = models.CharField(max_length=80, primary_key=True)
    seq = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    state = models.BinaryField()
    code = models.CharField(max_length=64)
