"""Bosons of e+ e- collisions before detectors: yields, spin, radiation, escape, and what is made with them."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from lvgen.processes import ee_to_gamma_v
from scipy.integrate import quad

import lvgen
from lvgen.collisions import PairReaction, adapted, beam_frames, total
from lvgen.detection.companions import companions_pass
from lvgen.detection.registry import as_table, load_detector
from lvgen.detection.schema import Companions
from lvgen.errors import UserError
from lvgen.generation.chain import decades
from lvgen.kernels.vacuum import vacuum_factors
from lvgen.particles import mass as particle_mass
from lvgen.plan import Plan
from lvgen.runcard import load_card
from lvgen.spectra.registry import load_source
from lvgen.units import ALPHA

BOOST = load_source("SuperKEKB").boost
HUGE = {"shape": "barrel", "front": "-1 km", "length": "2 km", "radius": "1 km"}


def card(model: str, mass: str, coupling: Any, process: str, events: int = 0, **detector: Any) -> dict[str, Any]:
    made = {
        "model": {"name": model, "mass": mass, "coupling": coupling},
        "production": {"processes": [process]},
        "detector": {"name": "BelleII", "exposure": "1 ab^-1"} | detector,
        "sensitivity": {},
        "run": {"seed": 3, "precision": 0.01},
    }
    if events:
        made["events"] = {"number": events, "coupling": coupling if isinstance(coupling, float) else 1e-3}
    return made


def signal(given: dict[str, Any]) -> np.ndarray:
    """Expected events over the couplings."""
    found = lvgen.run(given, workers=1).signal_map
    values: np.ndarray = found["total", 0, :].values()
    return values


# --- yields ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("process", "reaction", "model", "mass"),
    [
        ("ee_to_mumu_v", "e+ e- -> mu+ mu- V", "L_mu-L_tau", 0.5),
        ("ee_to_tautau_v", "e+ e- -> tau+ tau- V", "L_mu-L_tau", 0.5),
        ("ee_to_gamma_v", "e+ e- -> gamma V", "dark_photon", 0.5),
    ],
)
def test_all_bosons_are_luminosity_times_cross_section(process: str, reaction: str, model: str, mass: float) -> None:
    """Every decay counts in a volume that nothing leaves, so that the lifetime does not matter."""
    given = card(model, f"{mass} GeV", 1e-3, process, 500, selection="none", volume=HUGE)
    result = lvgen.run(given, workers=1)
    expected = 1e6 * lvgen.cross_section(reaction, model=model, mass=mass, coupling=1e-3, sqrt_s=10.58).value
    assert result.signal_map["total", 0, 0].value == pytest.approx(expected, rel=0.035)
    weights = np.asarray(result.events.weight)
    error = result.info["yields"]["events"]["error"]
    assert weights.sum() == pytest.approx(expected, abs=4.0 * error)
    assert error < 0.02 * expected


def test_lifetimes_of_a_tenth_of_a_nanometre_are_found() -> None:
    """Prompt decays: nothing leaves the volume, however short or long (up to micrometres) the decay length is."""
    couplings = {"min": 1e-3, "max": 1e-1, "points": 5}
    given = card("L_mu-L_tau", "0.5 GeV", couplings, "ee_to_mumu_v", selection="none")
    plan = Plan(load_card(given))
    axis = plan.card.model.couplings
    assert plan.ctau(0.5, axis).min() < 1e-12
    sigma = lvgen.cross_section("e+ e- -> mu+ mu- V", model="L_mu-L_tau", mass=0.5, coupling=1.0, sqrt_s=10.58).value
    np.testing.assert_allclose(signal(given), 1e6 * sigma * axis**2, rtol=0.035)


def test_decades_reach_from_the_shortest_lifetime_to_the_volume() -> None:
    made = decades(np.array([1e-10, 3e-4, 5.0]), 1e-2)
    assert made[0] == pytest.approx(1e-10)
    assert made[-1] == pytest.approx(1e-2)
    assert (np.diff(np.log10(made)) < 1.0 + 1e-9).all()
    assert len(decades(np.array([1.0, 2.0]), 0.1)) == 0


def test_photons_that_the_laboratory_sees() -> None:
    """Closed form between 12.4 and 155.1 deg in the laboratory (production reference: 6466.81 pb)."""
    reaction = ee_to_gamma_v.PhotonReaction(0.1, 10.58, math.sqrt(4.0 * math.pi * ALPHA), 0.0)
    y, jacobian = adapted(reaction).place(np.random.default_rng(4).random((200_000, 2)))
    momenta, weight, _ = reaction.draw(y, *BOOST)
    cuts = Companions.model_validate({"polar_photons": ["12.4 deg", "155.1 deg"]})
    seen = weight * jacobian * companions_pass(cuts, (22,), momenta[:, 2:3], BOOST)
    assert seen.mean() == pytest.approx(6466.81, abs=4.0 * seen.std() / math.sqrt(len(seen)))
    np.testing.assert_allclose(momenta[:, :2].sum(axis=1), momenta[:, 2:].sum(axis=1), atol=1e-11)


@pytest.mark.parametrize("mass", [1e-3, 0.01, 0.1, 1.0, 5.0, 10.0])
def test_points_are_used_well(mass: float) -> None:
    """Effective sample size at least 20 per cent, from 1 MeV to threshold; muons are in test_ee_pairs."""
    reactions: list[Any] = [ee_to_gamma_v.PhotonReaction(mass, 10.58, 1.0, 0.3)]
    if mass < 10.58 - 2.0 * particle_mass("tau-"):
        reactions.append(PairReaction("tau", mass, 10.58, (1.0, 0.2, 1.0, 0.0)))
    for reaction in reactions:
        y, jacobian = adapted(reaction).place(np.random.default_rng(1).random((20_000, reaction.dimensions)))
        weight = reaction.draw(y)[1] * jacobian
        assert weight.sum() ** 2 / (weight**2).sum() > 0.2 * len(weight)


# --- gamma V: amplitude and spin by a second method ------------------------------------------------------------------


def test_photon_reaction_against_the_closed_form() -> None:
    for mass, g in itertools.product((1e-3, 0.1, 3.0), ((1.0, 0.0), (0.6, 0.8))):
        if g[1] and mass < 0.1:
            continue  # the axial current of massive electrons is not conserved: m_e/m_V
        value = total(ee_to_gamma_v.PhotonReaction(mass, 10.58, *g)).value
        assert value == pytest.approx(ee_to_gamma_v.total_cross_section(10.58, mass, 1.0), rel=1e-3)
        cut = total(ee_to_gamma_v.PhotonReaction(mass, 10.58, *g, cos_max=0.9)).value
        assert cut == pytest.approx(ee_to_gamma_v.cross_section(10.58, mass, 1.0, -0.9, 0.9), rel=1e-4)


def test_rate_of_light_axial_bosons_against_massive_amplitudes() -> None:
    # the divergence of the electron's current adds 52 % at 1 MeV, 15 % at 2 MeV, 0.6 % at 10 MeV
    for mass, root_s, cut in itertools.product((1e-3, 2e-3, 1e-2), (1.0, 10.58), (None, 0.9)):
        exact = total(ee_to_gamma_v.PhotonReaction(mass, root_s, 0.3, 1.0, cos_max=cut or 1.0)).value
        options = {} if cut is None else {"abs_cos_max": cut}
        rate = lvgen.cross_section(
            "e+ e- -> gamma V", model="custom", mass=mass, coupling=1.0, sqrt_s=root_s, gV_e=0.3, gA_e=1.0, **options
        )
        assert rate.value == pytest.approx(exact, rel=5e-5)


def _gammas() -> tuple[np.ndarray, np.ndarray]:
    """Dirac representation, which the kernel does not use."""
    sigma = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
    one, zero = np.eye(2), np.zeros((2, 2))
    gammas = np.array([np.block([[one, zero], [zero, -one]])] + [np.block([[zero, s], [-s, zero]]) for s in sigma])
    return gammas, 1j * gammas[0] @ gammas[1] @ gammas[2] @ gammas[3]


METRIC = np.diag([1.0, -1.0, -1.0, -1.0])


def _tensor_by_traces(pa: Any, pb: Any, k: Any, gv: float, ga: float) -> np.ndarray:
    """Sum over spins and photon polarisations (-g) of M^mu M^nu* / e^2, electrons massive."""
    gamma, gamma5 = _gammas()
    m = particle_mass("e-")
    one = np.eye(4)

    def slash(p: Any) -> np.ndarray:
        return np.einsum("m,mij->ij", METRIC @ p, gamma)

    vertex = [g @ (gv * one + ga * gamma5) for g in gamma]
    d3, d4 = (k @ METRIC @ k - 2.0 * p @ METRIC @ k for p in (pa, pb))
    m1, m2 = slash(pa - k) + m * one, slash(k - pb) + m * one
    amplitude = np.array([[gamma[a] @ m1 @ v / d3 + v @ m2 @ gamma[a] / d4 for a in range(4)] for v in vertex])
    bar = np.array([[gamma[0] @ amplitude[mu, a].conj().T @ gamma[0] for a in range(4)] for mu in range(4)])
    left, right = slash(pb) - m * one, slash(pa) + m * one
    return np.array(
        [
            [
                sum(-METRIC[a, a] * np.trace(left @ amplitude[mu, a] @ right @ bar[nu, a]) for a in range(4))
                for nu in range(4)
            ]
            for mu in range(4)
        ]
    )


@pytest.mark.parametrize("couplings", [(1.0, 0.0), (0.4, 0.9)])
def test_spin_of_the_boson_beside_a_photon(couplings: tuple[float, float]) -> None:
    """T and S against traces of explicit Dirac matrices, in the laboratory of asymmetric beams."""
    mass, n = 0.8, 12
    reaction = ee_to_gamma_v.PhotonReaction(mass, 10.58, *couplings, cos_max=0.95)
    momenta, weight, rho = reaction.draw(np.random.default_rng(6).random((n, 2)), *BOOST)
    assert (weight > 0.0).all()
    for (pa, pb, _, k), found in zip(momenta, rho, strict=True):
        tensor = _tensor_by_traces(pa, pb, k, *couplings)
        axes = np.zeros((3, 4))
        for i in range(3):
            axes[i, 0] = k[i + 1] / mass
            axes[i, 1:] = np.eye(3)[i] + k[1:] * k[i + 1] / (mass * (k[0] + mass))
        lowered = axes @ METRIC
        density = lowered @ tensor @ lowered.T
        density /= np.trace(density).real
        expected_t = density.real
        np.testing.assert_allclose(
            found[:6], [expected_t[i, j] for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))], atol=1e-7
        )
        # rho_ij = T_ij - (i/2) eps_ijk S_k
        spin = [-2.0 * density[i, j].imag for i, j in ((1, 2), (2, 0), (0, 1))]
        np.testing.assert_allclose(found[6:], spin, atol=1e-7)


def test_decay_angles_follow_the_spin() -> None:
    """Mean of cos^2 of the muon's angle to the beam in the boson's rest frame, from the events and from the spin."""
    given = card("dark_photon", "0.5 GeV", 1e-3, "ee_to_gamma_v", 8000, selection="none", volume=HUGE)
    del given["sensitivity"]
    result = lvgen.run(given, workers=1)
    events, names = result.events, result.record.metadata["channels"]
    events = events[events.channel == int(next(k for k, v in names.items() if v == "mu+ mu-"))]
    muon = events.particle[(events.particle.pdg == 13)][:, 0]
    rest = muon.boostCM_of(events.llp)
    cos2 = np.asarray((rest.pz / rest.p) ** 2)
    beta2 = 1.0 - (2.0 * particle_mass("mu-") / 0.5) ** 2
    reaction = ee_to_gamma_v.PhotonReaction(0.5, 10.58, 1.0, 0.0)
    y, jacobian = adapted(reaction).place(np.random.default_rng(2).random((50_000, 2)))
    _, weight, rho = reaction.draw(y, *BOOST)
    t_zz = np.average(rho[:, 2], weights=weight * jacobian)
    # W = 1 - beta^2 n.T.n: its mean of n_z^2 for trace 1
    expected = (1.0 / 3.0 - beta2 * (1.0 + 2.0 * t_zz) / 15.0) / (1.0 - beta2 / 3.0)
    assert cos2.mean() == pytest.approx(expected, abs=4.0 * cos2.std() / math.sqrt(len(cos2)))
    assert abs(expected - 1.0 / 3.0) > 6.0 * cos2.std() / math.sqrt(len(cos2))


# --- radiation and vacuum polarisation -------------------------------------------------------------------------------


def test_structure_function() -> None:
    """Its integral is 1 up to order alpha^2, and drawing gives the mean momentum of a quadrature."""
    b = 2.0 * ALPHA / math.pi * (2.0 * math.log(10.58 / particle_mass("e-")) - 1.0)
    soft = math.exp(0.5 * b * (0.75 - np.euler_gamma)) / math.gamma(1.0 + 0.5 * b)

    def moment(power: int) -> float:
        # in t = (1-x)^(b/2) the soft peak is flat
        value, _ = quad(
            lambda t: (1.0 - t ** (2 / b)) ** power * (soft - 0.5 * (2.0 - t ** (2 / b)) * t ** (2 / b - 1.0)), 0, 1,
            epsabs=1e-12,
        )  # fmt: skip
        return float(value)

    assert moment(0) == pytest.approx(1.0, abs=b**2)
    u = np.random.default_rng(8).random((400_000, 2))
    frames, weight = beam_frames(10.58, (1.0, 0.0), u, len(u))
    assert weight.min() > 0.0
    shares = (frames[:, 0] / 10.58) ** 2
    assert weight.mean() == pytest.approx(moment(0) ** 2, rel=2e-3)
    assert np.mean(weight * shares) == pytest.approx(moment(1) ** 2, rel=2e-3)


def test_radiation_of_the_initial_state() -> None:
    """Cross-section of radiating beams against Gauss quadrature over Born cross-sections at lower energies."""
    mass, root_s, least = 3.0, 10.58, 0.5
    found = total(ee_to_gamma_v.PhotonReaction(mass, root_s, 1.0, 0.0, 0.9, True, least))
    b = 2.0 * ALPHA / math.pi * (2.0 * math.log(root_s / particle_mass("e-")) - 1.0)
    soft = math.exp(0.5 * b * (0.75 - np.euler_gamma)) / math.gamma(1.0 + 0.5 * b)
    nodes, gauss = np.polynomial.legendre.leggauss(400)
    t, w = 0.5 * (nodes + 1.0), 0.5 * gauss
    lost = t ** (2.0 / b)
    density = w * (soft - 0.5 * (2.0 - lost) * lost ** (1.0 - 0.5 * b))
    expected = 0.0
    for (x1, w1), (x2, w2) in itertools.product(zip(1.0 - lost, density, strict=True), repeat=2):
        s = root_s**2 * x1 * x2
        if s > mass**2 and (s - mass**2) / (2.0 * math.sqrt(s)) > least:
            expected += w1 * w2 * ee_to_gamma_v.cross_section(math.sqrt(s), mass, 1.0, -0.9, 0.9)
    assert found.value == pytest.approx(expected, rel=5e-3)
    with pytest.raises(UserError, match="isr needs min_photon_energy"):
        lvgen.cross_section("e+ e- -> gamma V", model="B-L", mass=0.5, coupling=1.0, sqrt_s=10.58, isr=True)


def test_vacuum_polarisation() -> None:
    """At the Z: leptons at one loop 0.031419 (hep-ph/9803313), hadrons 0.02761 (Phys. Lett. B 513 (2001) 46)."""
    q2 = np.array([91.1876**2, 10.58**2, 1e-12])
    factors = np.empty(3)
    vacuum_factors(q2, factors)
    assert 1.0 - 1.0 / factors[0] == pytest.approx(0.0314190 + 0.02761, abs=4e-5)
    assert factors[1] ** 2 == pytest.approx(1.08, abs=0.01)
    assert factors[2] == pytest.approx(1.0, abs=1e-8)
    # all photons at sqrt(s) when V comes from the muons
    options = {"model": "L_mu-L_tau", "kinetic_mixing": 0.0, "mass": 0.5, "coupling": 1.0, "sqrt_s": 10.58}
    born, screened = (
        lvgen.cross_section("e+ e- -> mu+ mu- V", vacuum_polarisation=on, **options).value for on in (False, True)
    )
    assert screened / born == pytest.approx(factors[1] ** 2, rel=1e-9)


# --- bosons that escape ----------------------------------------------------------------------------------------------


def test_bosons_that_escape() -> None:
    """B-L beside a photon: neutrinos or decays beyond 1.6 m, against angles drawn from the closed form."""
    mass, coupling = 0.02, {"min": 1e-7, "max": 1e-4, "points": 7}
    given = card("B-L", f"{mass} GeV", coupling, "ee_to_gamma_v", decays="escaping")
    given["detector"]["volume"] = {"shape": "barrel", "front": "-1.32 m", "length": "3.6 m", "radius": "1.62 m"}
    found = signal(given)
    plan = Plan(load_card(given))
    axis = plan.card.model.couplings
    table = plan.decay_table(mass)
    unseen = float(table.branching_ratio("nu nubar"))
    assert 0.05 < unseen < 0.9
    gamma, gamma_beta = BOOST
    cos = np.linspace(-1.0, 1.0, 400_001)[1:-1]
    energy = (10.58**2 + mass**2) / (2.0 * 10.58)
    p = (10.58**2 - mass**2) / (2.0 * 10.58)
    # photon opposite to the boson
    photon = gamma * p * (1.0 - BOOST[1] / BOOST[0] * cos), -gamma * p * cos + gamma_beta * p
    angle = np.degrees(np.arccos(photon[1] / photon[0]))
    seen = (angle > 12.4) & (angle < 155.1)
    pz, pt = gamma * p * cos + gamma_beta * energy, p * np.sqrt(1.0 - cos**2)
    size = np.hypot(pz, pt)
    along = np.where(pz > 0.0, 2.28 / np.abs(pz), 1.32 / np.abs(pz)) * size
    exit_path = np.minimum(1.62 * size / pt, along) * mass / size
    rate = seen * np.array([ee_to_gamma_v.differential(10.58, mass, 1.0, c) for c in cos])
    expected = [
        1e6 * g**2 * np.trapezoid(rate * (unseen + (1.0 - unseen) * np.exp(-exit_path / ctau)), cos)
        for g, ctau in zip(axis, plan.ctau(mass, axis), strict=True)
    ]
    escaping = np.array(expected) / (1e6 * axis**2 * np.trapezoid(rate, cos))
    assert escaping[0] > 0.99
    assert escaping[-1] == pytest.approx(unseen, abs=0.01)
    assert ((escaping > 1.2 * unseen) & (escaping < 0.95)).any()
    np.testing.assert_allclose(found, expected, rtol=0.035)


def test_events_of_bosons_that_escape() -> None:
    """Visible decays lie outside the volume, neutrinos anywhere; the muons pass their cuts; momenta balance."""
    given = card("L_mu-L_tau", "0.5 GeV", 1e-3, "ee_to_mumu_v", 400, decays="escaping")
    given["detector"] |= {
        "volume": {"shape": "barrel", "front": "-50 nm", "length": "100 nm", "radius": "50 nm"},
        "companions": {"min_pt_cms": "0.5 GeV"},
    }
    del given["sensitivity"]
    result = lvgen.run(given, workers=1)
    events, names = result.events, result.record.metadata["channels"]
    visible = np.array([not names[str(c)].startswith("nu") for c in np.asarray(events.channel)])
    x, y, z = (np.asarray(getattr(events.vertex, c)) / 5e-5 for c in "xyz")
    inside = (np.hypot(x, y) < 1.0 - 1e-9) & (np.abs(z) < 1.0 - 1e-9)
    assert visible.sum() > 20
    assert not inside[visible].any()
    assert inside[~visible].any()
    muons = events.particle[events.particle.mother == -1]
    assert (np.asarray(muons.pdg) == [13, -13]).all()
    angle = np.degrees(np.asarray(muons.theta))
    assert angle.min() > 17.0
    assert angle.max() < 150.0
    together = muons[:, 0] + muons[:, 1]
    assert np.asarray(together.pt).min() > 0.5
    whole = together + events.llp
    beams = result.record.metadata["beams"]
    assert np.asarray(whole.E) == pytest.approx(sum(beam["e"] for beam in beams), abs=1e-7)
    assert np.asarray(whole.pz) == pytest.approx(sum(beam["pz"] for beam in beams), abs=1e-7)


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"production": {"processes": ["meson_decay"]}},
            "happens at a proton collider or a beam of protons",
        ),
        ({"detector": {"name": "FASER2"}}, "ee_to_gamma_v happens at an e\\+ e- collider, and LHC-13.6TeV is"),
        ({"production": {"spectrum": "SIBYLL-2.3d"}}, "production.spectrum: SuperKEKB has no hadrons"),
        ({"detector": {"name": "BelleII", "decays": "escaping", "channels": ["e+ e-"]}}, "every decay counts"),
        ({"detector": {"name": "BelleII", "decays": "leaving"}}, "unknown way to count"),
        ({"detector": {"name": "BelleII", "companions": {"polar_tracks": ["20 deg"]}}}, "two angles are due"),
        ({"detector": {"name": "BelleII", "companions": {"polar_tracks": ["20 deg", "5 deg"]}}}, "must rise"),
        ({"detector": {"name": "BelleII", "exposure": "1e20 POT"}}, "a luminosity such as"),
        ({"production": {"processes": ["ee_to_gamma_v"], "ee_to_gamma_v": {"isr": True}}}, "min_photon_energy"),
    ],
)
def test_refusals(change: dict[str, Any], message: str) -> None:
    given = card("dark_photon", "0.5 GeV", 1e-3, "ee_to_gamma_v") | change
    with pytest.raises(UserError, match=message):
        Plan(load_card(given))


def test_every_process_that_applies_is_one_of_electrons() -> None:
    given = card("B-L", "0.5 GeV", 1e-3, "ee_to_gamma_v")
    del given["production"]
    assert {p.name for p in Plan(load_card(given)).processes} == {"ee_to_gamma_v", "ee_to_mumu_v", "ee_to_tautau_v"}


def test_detectors_of_electrons_read_back() -> None:
    for name, boost in (("BelleII", 0.27319), ("BaBar", 0.48760)):
        detector = load_detector(name)
        source = load_source(detector.source)
        assert source.boost[1] / source.boost[0] == pytest.approx(boost, abs=1e-5)
        again = load_detector(name, as_table(detector))
        assert again.model_dump(exclude={"sources"}) == detector.model_dump(exclude={"sources"})


# --- models ----------------------------------------------------------------------------------------------------------


def _sum_of_channels(plan: Plan, mass: float, coupling: float) -> tuple[float, float]:
    """Cross-section in pb from points of every channel, and its error."""
    total_, variance = 0.0, 0.0
    for k, chain in enumerate(plan.chains(mass)[0]):
        weight = chain.channel.draw(np.random.default_rng(k).random((20_000, chain.channel.dimensions))).weight
        factor = float(chain.channel.coefficient(np.array([coupling]))[0])
        total_ += factor * weight.mean()
        variance += factor**2 * weight.var() / len(weight)
    return total_, math.sqrt(variance)


@pytest.mark.parametrize("model", ["B-L", "B-3L_e", "B-L_e-2L_tau", "muonic_U1d"])
def test_channels_add_up_to_the_rate(model: str) -> None:
    given = card(model, "0.5 GeV", 1e-3, "ee_to_mumu_v", selection="none", volume=HUGE)
    found, error = _sum_of_channels(Plan(load_card(given)), 0.5, 1e-3)
    rate = lvgen.cross_section("e+ e- -> mu+ mu- V", model=model, mass=0.5, coupling=1e-3, sqrt_s=10.58)
    assert found == pytest.approx(rate.value, abs=4.0 * math.hypot(error, rate.error))


def test_couplings_that_are_not_proportional() -> None:
    """A dark Z with epsilon_Z fixed: the terms of the quadratic form add up at any epsilon, interference included."""
    given = card("dark_Z", "0.5 GeV", {"min": 1e-4, "max": 1e-2, "points": 3}, "ee_to_mumu_v", selection="none")
    given["model"]["epsilon_Z"] = 1e-3
    plan = Plan(load_card(given))
    for epsilon in (1e-4, 1e-3, 1e-2):
        found, error = _sum_of_channels(plan, 0.5, epsilon)
        rate = lvgen.cross_section(
            "e+ e- -> mu+ mu- V", model="dark_Z", mass=0.5, coupling=epsilon, sqrt_s=10.58, epsilon_Z=1e-3
        )
        assert found == pytest.approx(rate.value, abs=4.0 * math.hypot(error, rate.error))
        assert error < 0.1 * found
