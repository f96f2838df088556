"""Fewer drawn examples where a developer waits: ``make check`` asks for the profile ``quick``."""

from hypothesis import settings

settings.register_profile("quick", max_examples=10)
