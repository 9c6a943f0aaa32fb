"""The flavour-changing coupling of a model's boson to left-handed down-type quarks."""

from __future__ import annotations

from lvgen.errors import UserError
from lvgen.flavour.loops import anomalous_coupling, photon_monopole, z_monopole
from lvgen.models.base import Model


def left_handed_coupling(model: Model, coupling: float, mass: float, source: str, target: str) -> complex:
    """g of g dbar_target gamma^mu P_L d_source V_mu, the sum of what the model has.

    mass : GeV. epsilon_Z gives the Z penguin, a coupling along the electric charges the photon penguin times M^2
    (without the magnetic dipole, an error of the order of 10 % of that rate), an anomalous current the
    two-loop coupling of arXiv:1705.06726.  What other vector couplings give at order M^2 is not calculated
    raises UserError where nothing of this is there
    """
    epsilon_z, anomaly = model.z_mixing(coupling), model.anomaly()
    epsilon = model.photon_mixing(coupling, mass)
    if epsilon is None and not anomaly:
        raise UserError(
            f"no estimate for flavour-changing decays to the boson of {model.name}: its current has no anomaly, and its"
            " quark couplings do not follow the electric charges",
            key="reaction",
        )
    g = epsilon_z * z_monopole(source, target) + (epsilon or 0.0) * photon_monopole(source, target) * mass**2
    return g + coupling * anomalous_coupling(source, target, anomaly)
