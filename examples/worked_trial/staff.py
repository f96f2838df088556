"""Who works in the made-up trial: an account and a role each, and the name printed beside a signature.

Nobody in it exists: the names are roles, and everybody comes to have the same password.
"""

from __future__ import annotations

from dataclasses import dataclass

from examples.twenty_people.script import SITE

PASSWORD = "twenty made-up people"  # of a record that holds nothing but made-up people
FIRST_PASSWORD = "made up by somebody else"  # what whoever signs has to change before


@dataclass(frozen=True, slots=True)
class Account:
    """One member of the staff."""

    name: str
    role: str
    printed: str

    @property
    def at(self) -> str:
        """Where the role is held: at the site, or everywhere."""
        return "*" if self.role in ("sponsor", "safety-committee", "data-manager", "administrator") else SITE


STAFF = (
    Account("administrator", "administrator", "Administrator"),
    Account("sponsor", "sponsor", "Sponsor"),
    Account("coordinator", "coordinator", "Coordinator"),
    Account("investigator", "investigator", "Investigator"),
    Account("examiner", "examiner", "Examiner"),
    Account("collector", "collector", "Collector"),
    Account("technician", "technician", "Technician One"),
    Account("technician-2", "technician", "Technician Two"),
    Account("qualified", "qualified-person", "Qualified Person"),
    Account("nurse", "nurse", "Nurse One"),
    Account("nurse-2", "nurse", "Nurse Two"),
    Account("monitor", "monitor", "Monitor"),
    Account("committee", "safety-committee", "Chair of the Safety Committee"),
    Account("data-manager", "data-manager", "Data Manager"),
)
"""Everybody, by account. The safety committee is who the protocol's safety rules let decide."""

SIGNERS = ("sponsor", "investigator", "examiner", "committee", "data-manager")
"""Who signs, and so has a password that nobody else ever knew."""

BY_NAME = {each.name: each for each in STAFF}
