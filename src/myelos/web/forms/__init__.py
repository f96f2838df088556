"""Forms made from the shapes of commands: what is asked, read back to plain data, and shown again.

A new command has its form at once; a field of a new kind needs a row in :mod:`.fields`. Nothing is recorded
here.
"""

from myelos.web.forms.form import Answered, Asking, Drawn, Form, placed
from myelos.web.forms.known import Known
from myelos.web.forms.labels import Labels, by_room

__all__ = ["Answered", "Asking", "Drawn", "Form", "Known", "Labels", "by_room", "placed"]
