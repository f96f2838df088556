"""No deadline for a drawn example: machines are shared. ``make check`` asks for fewer of them (``quick``)."""

from hypothesis import settings

settings.register_profile("whole", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("whole")
