"""The proposed thresholds: what a protocol starts from, and its committee settles."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from myelos.safety.rules import SafetyRules
from myelos.shapes import read


@cache
def proposal() -> SafetyRules:
    """The rules of ``shipped/proposal.toml``. Nobody's rules until a protocol carries them as its own."""
    text = files("myelos.safety").joinpath("shipped", "proposal.toml").read_text("utf-8")
    return read(SafetyRules, tomllib.loads(text))
