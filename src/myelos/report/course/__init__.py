"""People, one line each, from the injury to month six: an overview of a trial and a page a person.

``write_people(trial, protocol, folder, synthetic=True)`` is the main path. Everything is drawn from the
folded state and the protocol; nothing here reads a record or a clock.
"""

from myelos.report.course.write import write_people

__all__ = ["write_people"]
