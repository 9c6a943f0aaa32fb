"""The sum of hadronic channels at photon-like couplings against the measured R ratio."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np

from lvgen.decays.coefficients import channel_names, channel_widths
from lvgen.decays.uncertainty import width_replicas

REFERENCE = Path(__file__).parent / "reference" / "r_ratio.csv"
PHOTON = np.ones(3)


def measured():
    with REFERENCE.open() as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    return np.array([[float(row[name]) for name in ("energy_GeV", "R", "error")] for row in rows]).T


def test_sum_of_channels_is_the_measured_r_ratio():
    """R = 12 pi Gamma(c = 1)/M: alpha(s) of numerator and denominator cancels, so vacuum polarisation is no issue.

    Allowed are two standard deviations of the measurement and of the fits together, and 4 % for what neither holds:
    channels without a fit (K+ K- pi0 pi0, K0 K0bar pi pi, five pions with an eta, ...), worth 4 to 6 % from 1.6 GeV,
    and the data since the fits were made.
    """
    energy, r, error = measured()
    assert len(energy) >= 12
    widths = sum(channel_widths(energy, PHOTON).values())
    found = 12 * math.pi * widths / energy
    replicas = sum(width_replicas(name, energy, PHOTON) for name in channel_names())
    model = np.std(12 * math.pi * replicas / energy, axis=0)
    pulls = (found - r) / np.sqrt(error**2 + model**2 + (0.04 * r) ** 2)
    assert np.abs(pulls).max() < 2.0
    # the missing channels show at 1.65 GeV; elsewhere the sum is unbiased within 3 %
    below = energy < 1.6
    assert abs(np.mean(found[below] / r[below] - 1)) < 0.015
    assert np.sqrt(np.mean((found[below] / r[below] - 1) ** 2)) < 0.04
    assert -0.12 < found[-1] / r[-1] - 1 < 0.0


def test_peaks_of_single_channels():
    """Peak cross-sections 12 pi B_ee B/m^2 with branching ratios of the PDG (2022): 3 pi on the omega and phi, K K."""
    peaks = (
        ("pi+ pi- pi0", 0.78266, 7.38e-5, 0.892, 0.05),
        ("pi+ pi- pi0", 1.01925, 2.979e-4, 0.154, 0.06),
        ("K+ K-", 1.01946, 2.979e-4, 0.491, 0.06),
        ("K0 K0bar", 1.01946, 2.979e-4, 0.339, 0.04),
    )
    for name, mass, electrons, branching, tolerance in peaks:
        r = 12 * math.pi * channel_widths(np.array([mass]), PHOTON)[name][0] / mass
        # R of a resonance is sigma/(4 pi alpha^2/3 s): alpha at this scale, 1/134.9, as B_ee is measured with it
        expected = 9 * electrons * branching * 134.9**2
        assert abs(r / expected - 1) < tolerance, (name, r, expected)
