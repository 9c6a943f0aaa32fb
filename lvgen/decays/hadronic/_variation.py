"""How the parameters of a fit are varied: what a parameter's error is, and draws of all of them together."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lvgen.decays.hadronic.base import Floats

Form = Callable[[Floats], Floats]


@dataclass(frozen=True)
class Parameter:
    """A varied parameter: name, one standard deviation, and where that comes from.

    sigma : in the parameter's own unit, or relative to its value where ``relative``
    basis : the table or paper that prints it, or "assumed: ..." with the reason
    """

    name: str
    sigma: float
    basis: str
    relative: bool = False


@dataclass(frozen=True)
class Variation:
    """One fit whose parameters are varied together; channels that share it move together.

    forms : shifts (p,) of the parameters, relative ones as fractions -> channel -> mass (n,) GeV -> form (n, 3, 3) GeV
    """

    fit: str
    parameters: tuple[Parameter, ...]
    forms: Callable[[Floats], dict[str, Form]]

    @property
    def sigmas(self) -> Floats:
        """(p,) standard deviations."""
        return np.array([p.sigma for p in self.parameters])


def draws(name: str, parameters: int, replicas: int, seed: int) -> Floats:
    """Independent Gaussians (replicas, parameters), made orthonormal over the replicas.

    Every column has mean 0 and variance 1 and columns do not correlate, so that a linear propagation comes out exact
    with any number of replicas above that of the parameters.
    name : of the fit: each has its own stream
    """
    if parameters >= replicas:
        raise ValueError(f"{replicas} replicas are too few for {parameters} parameters")
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(zlib.crc32(name.encode()),)))
    raw = rng.standard_normal((replicas, parameters))
    basis, triangle = np.linalg.qr(np.concatenate([np.ones((replicas, 1)), raw], axis=1))
    result: Floats = basis[:, 1:] * np.sign(np.diag(triangle)[1:]) * np.sqrt(replicas)
    return result


def normalised(form: Floats, central: Floats) -> Floats:
    """(A' - A)_ab / sqrt(A_aa A_bb), 0 where a part is absent; both forms (n, 3, 3)."""
    root = np.sqrt(np.clip(np.einsum("naa->na", central), 0.0, None))
    scale = root[:, :, None] * root[:, None, :]
    deviation: Floats = np.divide(form - central, scale, out=np.zeros_like(central), where=scale > 0.0)
    return deviation
