"""The words of the pages in one language, with those of every room beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from myelos.findings import Finding, Param, Phrasebook

ROOMS = (
    "myelos", "myelos.isncsci", "myelos.measures", "myelos.cells", "myelos.safety", "myelos.protocol",
    "myelos.ledger", "myelos.evidence", "myelos.report", "myelos.store", "myelos.web",
)  # fmt: skip
BOOK = Phrasebook(*ROOMS)


@dataclass(frozen=True, slots=True)
class Say:
    """Says the codes of the pages in one language, English where it has none."""

    asked: str = "en"
    do_not_call_in_templates: ClassVar[bool] = True

    @property
    def language(self) -> str:
        return "ja" if self.asked.startswith("ja") else "en"

    def __call__(self, code: str, /, **params: Param) -> str:
        """The words of ``web.<code>``, filled with the parameters."""
        return BOOK.say(f"web.{code}", params, self.language)

    def has(self, code: str) -> bool:
        return f"web.{code}" in BOOK.codes(self.language)

    def tell(self, finding: Finding) -> str:
        """A finding, with its place."""
        return BOOK.tell(finding, self.language)

    def role(self, role: str) -> str:
        return self(f"role.{role}")
