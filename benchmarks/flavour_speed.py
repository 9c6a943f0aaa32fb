"""How fast bosons of K, B, D_s and tau decays are drawn before SHiP and FASER2, and how many of the points are effective.

python benchmarks/flavour_speed.py
"""

from __future__ import annotations

import time

import numpy as np

from lvgen.detection.apparatus import Apparatus
from lvgen.detection.registry import load_detector
from lvgen.generation.chain import Chain
from lvgen.models.registry import make_model
from lvgen.production import Setup, get_process, parse_options
from lvgen.spectra.registry import load_source, source_hadrons

CASES = (
    ("k_to_pi", "dark_photon", 0.1, {}),
    ("b_to_k", "B", 1.0, {"reactions": ["B+ -> K+ V", "B0 -> K*0 V"]}),
    ("leptonic_meson", "L_mu-L_tau", 0.05, {"reactions": ["K+ -> mu+ nu V", "D_s+ -> mu+ nu V"]}),
    ("tau_decay", "L_mu-L_tau", 0.1, {}),
)
POINTS, LONG_LIVED = 200_000, np.array([1e6])


def main() -> None:
    """Print a line for each channel."""
    print("detector channel                  us/point  effective")
    for name in ("SHiP", "FASER2"):
        apparatus = Apparatus(load_detector(name, {"selection": "none"}))
        source = load_source(apparatus.detector.source)
        spectrum = source_hadrons("SIBYLL-2.3d", source, False)
        for process, model, mass, options in CASES:
            made_by = get_process(process)
            chosen = parse_options(made_by, options)
            setup = Setup(make_model(model), spectrum, apparatus.window, chosen, source)
            for channel in made_by.channels(setup, mass):
                chain, rng = Chain(channel, apparatus, mass, []), np.random.default_rng(1)
                for _ in range(2):
                    chain.train(rng, 1500, LONG_LIVED)
                start = time.perf_counter()
                sample = chain.sample(rng, POINTS)
                spent = (time.perf_counter() - start) / POINTS * 1e6
                weight = sample.a * np.exp(-sample.x / LONG_LIVED[0])
                effective = weight.sum() ** 2 / (weight**2).sum() / POINTS
                print(f"{name:8} {channel.name:24} {spent:8.2f} {effective:10.3f}")


if __name__ == "__main__":
    main()
