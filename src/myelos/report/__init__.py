"""Human documents and figures: a judgement as a page, as figures and as JSON; a trial's people as pages.

``write_report([judge(load_study("honmou-2021"))], Path("report"))`` is the main path. ``write_people`` writes
an overview of a trial's people and a page for each of them.
"""

from typing import TYPE_CHECKING

from myelos.report.result import as_json, document, result, result_schema
from myelos.report.write import write_report

if TYPE_CHECKING:
    from myelos.report.course import write_people


def __getattr__(name: str) -> object:
    """The pages about people bring the rules of a trial with them; a judgement's report starts without."""
    if name == "write_people":
        from myelos.report.course import write_people

        return write_people
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


__all__ = ["as_json", "document", "result", "result_schema", "write_people", "write_report"]
