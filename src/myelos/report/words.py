"""The room's words: codes to text in one language, with the words of `evidence` beside them."""

from __future__ import annotations

from dataclasses import dataclass

from myelos.findings import Finding, Param, Phrasebook, Refused

BOOK = Phrasebook("myelos.evidence", "myelos.report")


@dataclass(frozen=True, slots=True)
class Words:
    """Says the room's codes in one language. Raises Refused for a language without words."""

    language: str = "en"

    def __post_init__(self) -> None:
        try:
            BOOK.codes(self.language)
        except KeyError:
            params: dict[str, Param] = {"language": self.language}
            raise Refused([Finding("report.no-language", params=params)]) from None

    def __call__(self, code: str, /, **params: Param) -> str:
        """The words of ``report.<code>``, filled with the parameters."""
        return BOOK.say(f"report.{code}", params, self.language)

    def has(self, code: str) -> bool:
        return f"report.{code}" in BOOK.codes(self.language)

    def tell(self, finding: Finding) -> str:
        return BOOK.tell(finding, self.language)

    def sentence(self, code: str, params: dict[str, Param]) -> str:
        return BOOK.say(code, params, self.language)
