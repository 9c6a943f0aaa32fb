"""CLs of our limits by toys of pyhf, whose fits take too long for the tests: python benchmarks/pyhf_toys.py [TOYS].

The numbers are those of ``tests/test_statistics.py``.
"""

from __future__ import annotations

import sys

import numpy as np
import pyhf

from lvgen.detection.counting import Count
from lvgen.sensitivity.regions import combined_limits, likelihood
from lvgen.sensitivity.statistics import METHODS

CASES = {
    "one region, known, 5 seen over 4": [Count(4.0, 0.0, 5)],
    "two regions, known, 1 and 5 seen over 1 and 4": [Count(1.0, 0.0, 1, 0.6), Count(4.0, 0.0, 5, 0.4)],
    "one region, 20 %, 5 seen over 4": [Count(4.0, 0.2, 5)],
}


def cls_by_toys(counts: list[Count], signal: float, toys: int) -> tuple[float, float]:
    """CLs and its statistical error."""
    model = likelihood(counts, 1.0)
    data = [float(count.observed or 0) for count in counts] + list(model.config.auxdata)
    calculator = pyhf.infer.utils.create_calculator(
        "toybased", data, model, ntoys=toys, track_progress=False, test_stat="qtilde"
    )
    both, alone = calculator.distributions(signal)
    above = [float(p) for p in calculator.pvalues(calculator.teststatistic(signal), both, alone)[:2]]
    relative = np.sqrt(sum((1.0 - p) / (p * toys) for p in above))
    return above[0] / above[1], above[0] / above[1] * relative


def main() -> None:
    """A line for each case."""
    toys = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    np.random.seed(1)  # noqa: NPY002 - what pyhf draws from
    for name, counts in CASES.items():
        limit = METHODS["cls"](0.90).limit(counts).required if len(counts) == 1 else combined_limits(counts, 0.9, ())[0]
        value, error = cls_by_toys(counts, float(limit or 0.0), toys)
        print(f"{name}: {limit:.4f} signal events, CLs of toys {value:.4f} +- {error:.4f} (0.10 is ours)")


if __name__ == "__main__":
    main()
