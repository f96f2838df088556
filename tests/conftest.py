"""No deadline for a drawn example: machines are shared. ``make check`` asks for fewer of them (``quick``).

Django can be set up once in a process: for the pages, with which everything below them has to work as well.
"""

from hypothesis import settings

from myelos.store.settings import configure
from myelos.web.settings import web_settings

settings.register_profile("whole", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile("whole")

configure(":none:", "a secret of the tests", **web_settings(("testserver",), secure=False, synthetic=True))
