"""Run every witness, one after another: ``python -m validation``. Exit status 1 when any of them failed."""

import importlib
import sys
import time
import traceback

WITNESSES = (
    "isncsci_exact.compare",
    "isncsci_certificates.measure",
    "isncsci_npm.compare",
    "poisson_binomial_r.compare",
    "between_cohort_r.compare",
    "plug_in_trap.measure",
    "stopping_boundaries.compare",
    "deterioration_noise.measure",
    "identity.measure",
    "durability.measure",
    "merkle.compare",
    "noise.measure",
    "power_failure.measure",
)
"""The modules, each with a ``main() -> int`` that prints its result and returns 0 unless it failed."""


def run(module: str) -> bool:
    """Whether a witness did not fail; what it raises is printed and counts as a failure."""
    start = time.perf_counter()
    print(f"== {module.partition('.')[0]}", flush=True)
    try:
        failed = bool(importlib.import_module(f"validation.{module}").main())
    except Exception:  # noqa: BLE001 - the next witness is heard all the same
        traceback.print_exc(file=sys.stdout)
        failed = True
    print(f"-- {'FAILED' if failed else 'done'} in {time.perf_counter() - start:.1f} s\n", flush=True)
    return not failed


def main() -> int:
    """Run them all; 0 when none failed. A witness that is not installed says so; with CI set it fails."""
    start = time.perf_counter()
    failed = [module.partition(".")[0] for module in WITNESSES if not run(module)]
    print(f"{len(WITNESSES)} witnesses in {time.perf_counter() - start:.1f} s", end="; ")
    print(f"failed: {', '.join(failed)}" if failed else "none failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
