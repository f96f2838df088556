"""Myelos: score, run, judge and plan trials of a person's own stem cells in spinal cord injury.

Software for research. It recommends no treatment.
"""

__version__ = "0.1.0"
