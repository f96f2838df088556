"""Human documents and figures: a judgement as a page, as figures and as JSON with a schema.

``write_report([judge(load_study("honmou-2021"))], Path("report"))`` is the main path.
"""

from myelos.report.result import as_json, document, result, result_schema
from myelos.report.write import write_report

__all__ = ["as_json", "document", "result", "result_schema", "write_report"]
