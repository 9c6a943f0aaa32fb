"""The flavour-changing coupling of a model's boson to left-handed down-type quarks."""

from __future__ import annotations

from lvgen.errors import UserError
from lvgen.flavour.constants import BOTTOM_MASS
from lvgen.flavour.loops import (
    anomalous_coupling,
    disputed_coupling,
    photon_magnetic,
    photon_monopole,
    z_magnetic,
    z_momentum,
    z_monopole,
)
from lvgen.models.base import Model


def current_coupling(model: Model, coupling: float, source: str, target: str) -> complex:
    """g from an anomalous current (arXiv:1705.06726), and from the disputed triangle where the model is told so."""
    g = anomalous_coupling(source, target, model.anomaly_at(coupling))
    if disputed := model.disputed_anomaly(coupling):
        printed = model.parameters["normalisation"] == "printed"
        g += disputed_coupling(source, target, disputed, printed)
    return g


def left_handed_coupling(model: Model, coupling: float, mass: float, source: str, target: str) -> complex:
    """g of g dbar_target gamma^mu P_L d_source V_mu, the sum of what the model has.

    mass : GeV. epsilon_Z gives the Z penguin, for b quarks with its part that goes with M^2, a coupling along the
    electric charges the photon penguin times M^2, a current with an anomaly or with the
    disputed triangle what ``current_coupling`` says.  What other vector couplings give at order M^2 (a charge radius)
    is not calculated.  The penguins have the relative sign at which the true Z and photon give C10 = -C_0/s_W^2 and
    C9 = -D_0 of the Standard Model, for couplings gV = e epsilon Q and T3 - 2 Q s_W^2; the overall sign is free
    raises UserError where nothing of this is there
    """
    epsilon_z, current = model.z_mixing(coupling), current_coupling(model, coupling, source, target)
    epsilon = model.photon_mixing(coupling, mass)
    if epsilon is None and not current:
        raise UserError(
            f"no estimate for flavour-changing decays to the boson of {model.name}: its current has no anomaly, and its"
            " quark couplings do not follow the electric charges",
            key="reaction",
        )
    momentum = z_momentum(source, target) if source == "b" and epsilon_z else 0.0
    g = epsilon_z * (z_monopole(source, target) + momentum * mass**2)
    return g - (epsilon or 0.0) * photon_monopole(source, target) * mass**2 + current


def has_short_distance(model: Model) -> bool:
    """Whether a flavour-changing coupling does not vanish with the boson's mass: b -> s without the photon penguin."""
    return bool(model.z_mixing(1.0) or model.z_mixing(0.0) or current_coupling(model, 1.0, "b", "s"))


def dipole_coupling(model: Model, coupling: float, mass: float, source: str, target: str) -> complex:
    """d of -i d dbar_target sigma^{mu nu} q_nu P_R d_source V_mu, GeV^-1, beside g of ``left_handed_coupling``.

    mass : GeV. The magnetic penguins of b quarks with m_b(m_b), at M_W: QCD makes that of the photon 1.6 times larger.
    The one with the mass of the lighter quark (2 %), and those of s -> d, where long distances rule, are 0
    """
    if source != "b":
        return 0.0j
    epsilon = model.photon_mixing(coupling, mass) or 0.0
    magnetic = model.z_mixing(coupling) * z_magnetic(source, target) - epsilon * photon_magnetic(source, target)
    return -BOTTOM_MASS * magnetic
