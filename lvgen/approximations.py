"""What a calculation leaves out or simplifies, in plain sentences."""

from __future__ import annotations

from typing import Any

from lvgen.detection.registry import background_of_another_exposure
from lvgen.particles import mass as mass_of
from lvgen.particles import pdg_id
from lvgen.particles import width as width_of
from lvgen.plan import Plan
from lvgen.sensitivity.scan import NARROW
from lvgen.spectra.behind import normalisations, tables_behind


def approximations(plan: Plan) -> list[str]:
    """What this calculation leaves out or simplifies."""
    stated = [
        "tracks are straight lines with a kick where the detector has a magnet; no material, no beam crossing angle"
    ]
    if plan.source.has_hadrons:
        stated.append("bosons below 50 MeV of momentum are not drawn")
    if plan.uses_light_mesons:
        stated.append("light mesons decay at the collision point (their flight of at most 1.3 mm is neglected)")
    if plan.uses_hadrons:
        stated.append("the spectrum's statistical error takes the counts of its cells as independent")
    for chosen in plan.processes:
        if chosen.name == "meson_decay":
            stated += _about_mesons(plan, chosen.options)
    stated += normalisations(tables_behind(plan.spectra, plan.hadrons))
    for chosen in plan.processes:
        stated += chosen.process.stated(chosen.options)
        stated += chosen.process.approximations_at.get(plan.source.kind, ())
    if plan.source.kind == "target":
        stated += _of_a_target(plan)
    elsewhere = plan.spectrum.source != plan.source.name
    # a target takes what one of its nucleons makes, which is told above
    if (
        plan.uses_hadrons
        and elsewhere
        and (plan.source.kind != "target" or plan.spectrum.beam_momentum != plan.source.beam_momentum)
    ):
        stated.append(f"hadrons of {plan.spectrum.source} stand for those of {plan.source.name}")
    if plan.card.sensitivity is not None:
        stated += plan.requirements.assumptions()
        stated += _stepped_over(plan)
        if why := background_of_another_exposure(plan.card.detector.name, plan.detector):
            stated.append(why)
    if plan.detector.selects or plan.card.events is not None:
        stated += _about_products(plan)
    return stated


def _about_mesons(plan: Plan, options: Any) -> list[str]:
    stated = ["three-body decays of mesons, such as eta' -> pi+ pi- V, are not among the sources"]
    held, rho = plan.spectrum.content, {name: pdg_id(name) for name in ("rho0", "rho+", "rho-")}
    wanted = options.parents is None or "rho0" in options.parents
    if (
        wanted
        and options.form_factor != "series"
        and rho["rho0"] in held
        and not {rho["rho+"], rho["rho-"]} & set(held)
    ):
        stated.append(
            "charged rho -> pi V is left out, since hadron tables hold no charged rho: by isospin twice what "
            "rho0 -> pi0 V makes, at 400 GeV 4 to 9 % of a baryonic boson's meson decays at 0.45 GeV and about half of "
            "the few above the eta's mass, hardly 1 % of a dark photon's"
        )
    return stated


def _stepped_over(plan: Plan) -> list[str]:
    """Narrow mesons that the form factor or mixing make peaks of, between two masses of a fixed grid."""
    makers = [p for p in plan.processes if p.name in ("vector_mixing", "proton_bremsstrahlung")]
    masses = plan.card.model.masses
    missed = [
        name
        for name in NARROW
        if any(p.is_open(mass_of(name)) for p in makers)
        and masses[0] < mass_of(name) < masses[-1]
        and abs(masses - mass_of(name)).min() > width_of(name)
    ]
    if plan.is_adaptive or not missed:
        return []
    return [
        f"no mass of the grid is within a width of {' and '.join(missed)}: map and contour step over these peaks, "
        'where sensitivity.scan = "adaptive" looks first'
    ]


def _about_products(plan: Plan) -> list[str]:
    left = sorted(plan.decay_settings.left)
    stated = [
        "decay products: no photon radiation; unstable ones are decayed on without memory of their spin, flat for eta "
        "and eta'; a K_S flies and decays as in a vacuum",
        "tau leptons and charmed mesons are left undecayed, as are pi+-, K+-, K_L, muons and neutrons"
        + (f"; by the card also {', '.join(left)}" if left else ""),
    ]
    if plan.reaches_quarks:
        stated.append(f"hadrons above the transition are made by the model {plan.decay_settings.hadronisation!r}")
    return stated


def _of_a_target(plan: Plan) -> list[str]:
    stated = ["protons interact at the front of the target, where the origin is; its depth is left out"]
    if not plan.uses_hadrons:
        return stated
    if not plan.spectrum.on_nucleus and plan.source.target is not None and plan.source.target.A > 1.0:
        stated.append("hadrons of a collision with one nucleon stand for those of one with the nucleus")
    if plan.card.production.cascades:
        stated.append("secondary hadrons interact like protons of their momentum, by limiting fragmentation")
    else:
        stated.append("secondary interactions in the target are left out (1.3 to 3 times as many hadrons above 5 GeV)")
    return stated
