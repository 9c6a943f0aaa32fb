"""Bosons from meson decays: rates against tabulated numbers, kinematics against brute force."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import lvgen
from lvgen.decays.light_mesons import TRANSITIONS, eta_weights, propagators
from lvgen.errors import UserError
from lvgen.kernels.geometry import DISC, RECTANGLE, SPHERE
from lvgen.models.registry import make_model
from lvgen.particles import mass as particle_mass
from lvgen.production import Setup, Window, get_process, parse_options
from lvgen.spectra.density import hadron_density
from lvgen.spectra.registry import load_spectrum
from lvgen.spectra.table import SpectrumTable
from lvgen.units import E_CHARGE

REFERENCE = Path(__file__).parent / "reference" / "meson_decay.csv"
OPTIONS = {
    "BR_pointlike": {"form_factor": "none"}, "BR_series_FF": {"form_factor": "series"},
    "BR_VMD_FF": {"form_factor": "pole"}, "BR": {},
}  # fmt: skip
TRANSITION = {t.reaction: t for t in TRANSITIONS}


def rows():
    with REFERENCE.open() as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))


def branching(reaction, mass, model="dark_photon", coupling=1.0, **options):
    return float(lvgen.branching_ratio(reaction, model=model, mass=mass, coupling=coupling, **options))


@pytest.mark.parametrize("row", rows(), ids=lambda r: f"{r['process']} {r['parameters']} {r['quantity']}")
def test_branching_ratios(row):
    given = dict(item.split("=") for item in row["parameters"].split(";"))
    rate = lvgen.branching_ratio(
        row["process"], model="dark_photon", mass=float(given["mass_GeV"]), coupling=float(given["epsilon"]),
        **OPTIONS[row["quantity"]],
    )  # fmt: skip
    assert rate.value == pytest.approx(float(row["value"]), rel=float(row["rel_tolerance"]))
    assert rate.longitudinal_fraction == 0.0
    assert float(rate) == rate.value


@pytest.mark.parametrize(
    ("mass", "expected", "tolerance"), [(0.05, 5.63, 2e-3), (0.2, 0.243, 0.02)], ids=["50 MeV", "200 MeV"]
)
def test_bosons_per_collision_at_400_gev(mass, expected, tolerance):
    """pi0, eta and eta' with the multiplicities of SensCalc give EventCalc-SHiP's dark photons per proton."""
    multiplicity = {"pi0": 4.15, "eta": 0.47, "eta'": 0.051}
    made = sum(n * branching(f"{name} -> gamma V", mass, form_factor="none") for name, n in multiplicity.items())
    assert made == pytest.approx(expected, rel=tolerance)


def test_rates_scale_and_close():
    assert branching("pi0 -> gamma X", 0.05, coupling=2e-3) == pytest.approx(
        4 * branching("pi0 -> gamma V", 0.05, coupling=1e-3)
    )
    assert branching("pi0 -> gamma V", 0.2) == 0.0
    assert branching("pi0 -> gamma V", 0.05, coupling=0.0) == 0.0


@pytest.mark.parametrize("reaction", ["pi0 -> gamma V", "omega -> pi0 V", "K*0 -> K0 V", "phi -> eta V"])
def test_thresholds(reaction):
    """P waves at rest open with (gap)^{3/2}, the massless photon's with (gap)^3."""
    top = TRANSITION[reaction].threshold
    near, nearer = (branching(reaction, top * (1 - x), form_factor="none") for x in (2e-4, 1e-4))
    assert near / nearer == pytest.approx(8.0 if reaction == "pi0 -> gamma V" else 2**1.5, rel=5e-3)
    assert branching(reaction, top) == 0.0


# --- amplitudes for any charges ---------------------------------------------------------------------------------------

FLAVOUR = {  # quark content as matrices over u, d, s; eta and eta' with sin(theta) = -1/3
    "pi0": np.diag([1.0, -1.0, 0.0]) / math.sqrt(2),
    "eta": np.diag([1.0, 1.0, -1.0]) / math.sqrt(3),
    "eta'": np.diag([1.0, 1.0, 2.0]) / math.sqrt(6),
    "rho0": np.diag([1.0, -1.0, 0.0]) / math.sqrt(2),
    "omega": np.diag([1.0, 1.0, 0.0]) / math.sqrt(2),
    "phi": np.diag([0.0, 0.0, 1.0]),
    "rho+": np.eye(3)[[0]].T @ np.eye(3)[[1]],
    "K*+": np.eye(3)[[0]].T @ np.eye(3)[[2]],
    "K*0": np.eye(3)[[1]].T @ np.eye(3)[[2]],
}
FLAVOUR |= {"pi+": FLAVOUR["rho+"], "K+": FLAVOUR["K*+"], "K0": FLAVOUR["K*0"]}
ELECTRIC = np.diag([2.0, -1.0, -1.0]) / 3.0
CHARGES = {"B": (1 / 3, 1 / 3, 1 / 3), "protophobic": (1 / 3, -2 / 3, -2 / 3), "skewed": (0.7, -0.2, 0.4)}


def traced(reaction, charges):
    """Amplitude relative to the photon's from flavour traces, without c_rho, c_omega and c_phi."""
    parent, product, _ = reaction.replace("->", "").split()
    q = np.diag(charges)
    m = FLAVOUR[parent]
    if product == "gamma":
        return np.trace(m @ ELECTRIC @ q) / np.trace(m @ ELECTRIC @ ELECTRIC)
    p = FLAVOUR[product].T
    return np.trace((m @ p + p @ m) @ q) / np.trace((m @ p + p @ m) @ ELECTRIC)


@pytest.mark.parametrize("name", CHARGES)
@pytest.mark.parametrize(
    "reaction",
    [r for r in TRANSITION if "-> pi-" not in r and "bar" not in r and "K*-" not in r and r != "phi -> pi0 V"],
)
def test_amplitudes_from_flavour_traces(reaction, name):
    """omega -> eta and phi -> eta', phi -> eta with ideal mixing; phi -> pi0 vanishes there and has none."""
    up, down, strange = CHARGES[name]
    mass = 0.3 * TRANSITION[reaction].threshold
    custom = branching(
        reaction, mass, "custom", coupling=E_CHARGE, gV_u=up, gV_d=down, gV_s=strange, form_factor="none"
    )
    assert custom == pytest.approx(
        traced(reaction, CHARGES[name]) ** 2 * branching(reaction, mass, form_factor="none"), rel=1e-9, abs=1e-25
    )


def test_baryon_number_against_naive_scaling():
    """The published statement: eta 4 times and eta' 49 times below epsilon -> g/e; omega -> pi0 V is closed."""
    for reaction, down in (("pi0 -> gamma V", 1), ("eta -> gamma V", 4), ("eta' -> gamma V", 49)):
        mine = branching(reaction, 1e-3, "B", coupling=E_CHARGE, kinetic_mixing=0.0)
        assert branching(reaction, 1e-3) / mine == pytest.approx(down, rel=1e-3)
    for reaction, factor in (("omega -> pi0 V", 0), ("rho0 -> pi0 V", 4), ("K*0 -> K0 V", 1), ("K*+ -> K+ V", 4)):
        assert branching(reaction, 0.1, "B-L", coupling=E_CHARGE) == pytest.approx(
            factor * branching(reaction, 0.1), rel=1e-9
        )


def test_kinetic_mixing_is_part_of_the_amplitude():
    """B with mixing epsilon per g couples like a custom boson with the sum of both charges."""
    epsilon, mass = 0.5, 0.2
    q = [(1 / 3 + E_CHARGE * epsilon * e) for e in (2 / 3, -1 / 3, -1 / 3)]
    for reaction in ("eta -> gamma V", "omega -> pi0 V"):
        assert branching(reaction, mass, "B", kinetic_mixing=epsilon) == pytest.approx(
            branching(reaction, mass, "custom", gV_u=q[0], gV_d=q[1], gV_s=q[2]), rel=1e-9
        )
    # the loop's mixing is complex above two muons: |epsilon|^2 counts
    from lvgen.models.mixing import loop_mixing

    loop = loop_mixing({"mu": 1.0, "tau": -1.0}, np.array([0.3]))[0]
    assert abs(loop.imag) > 0.05 * abs(loop)
    assert branching("eta -> gamma V", 0.3, "L_mu-L_tau") == pytest.approx(
        abs(loop) ** 2 * branching("eta -> gamma V", 0.3), rel=1e-9
    )


def test_vector_dominance():
    """Normalised at 0, resonant at the omega, and near the measured poles for the photon."""
    assert propagators(1e-3) == pytest.approx(np.ones(3), abs=0.02)
    assert propagators(1e-3)[0].imag == 0.0
    assert abs(propagators(0.78266)[1]) == pytest.approx(0.78266 / 0.00868, rel=1e-3)
    for reaction, mass in (("eta -> gamma V", 0.4), ("eta' -> gamma V", 0.5)):
        dominance = abs((np.array(TRANSITION[reaction].weights) * propagators(mass)).sum())
        assert TRANSITION[reaction].measured(mass**2) == pytest.approx(dominance, rel=0.05)
    with_pole = branching("omega -> pi0 V", 0.5, form_factor="pole") / branching("omega -> pi0 V", 0.5)
    assert with_pole == pytest.approx((1 - 0.25 / 0.668**2) ** -2)
    protophobic = branching("pi0 -> gamma V", 0.05, "protophobic", coupling=E_CHARGE)
    assert 0.0 < protophobic < 1e-4 * branching("pi0 -> gamma V", 0.05)
    assert branching("pi0 -> gamma V", 0.05, "protophobic", form_factor="none") == 0.0


def test_eta_weights():
    """sin(theta) = -1/3 gives the fractions of the literature, and no mixing the octet and singlet traces."""
    for got, expected in zip(eta_weights(), ([9 / 8, 1 / 8, -2 / 8], [9 / 14, 1 / 14, 4 / 14]), strict=True):
        assert got == pytest.approx(expected)
    octet, singlet = eta_weights(0.0)
    assert octet == pytest.approx([1.5, 1 / 6, -2 / 3])
    assert singlet == pytest.approx([0.75, 1 / 12, 1 / 6])


@pytest.mark.parametrize("seed", range(3))
def test_vector_decays_leave_no_helicity_zero(seed):
    """eps(e_V1, p_V1, e_V, p_V) summed over an unpolarised V1, with explicit polarisation vectors."""
    rng = np.random.default_rng(seed)
    m, m_v = 0.78266, 0.3
    n = rng.normal(size=3)
    n /= np.linalg.norm(n)
    k = 0.25
    across = np.linalg.svd(n[None])[2][1:]
    energy = math.hypot(k, m_v)
    states = [np.append(0.0, across[0]), np.append(0.0, across[1]), np.append(k, energy * n) / m_v]
    boson, parent = np.append(energy, k * n), np.array([m, 0.0, 0.0, 0.0])
    sizes = [sum(np.linalg.det([np.append(0.0, e), parent, state, boson]) ** 2 for e in np.eye(3)) for state in states]
    assert sizes[0] == pytest.approx(sizes[1])
    assert sizes[2] == pytest.approx(0.0, abs=1e-20)


def test_refusals():
    with pytest.raises(UserError, match="did you mean 'pi0 -> gamma V'"):
        branching("pi0 -> gama V", 0.05)
    with pytest.raises(UserError, match="no series is published"):
        branching("eta' -> gamma V", 0.5, form_factor="series")
    with pytest.raises(UserError, match="no series is published"):
        branching("eta -> gamma V", 0.1, "B", form_factor="series")
    process = get_process("meson_decay")
    with pytest.raises(UserError, match="form_factor"):
        parse_options(process, {"form_factor": "dipole"})
    with pytest.raises(UserError, match="unknown parent 'pi1'"):
        process.mass_range(make_model("B"), parse_options(process, {"parents": ["pi1"]}))
    with pytest.raises(UserError, match="light quarks do not couple"):
        process.mass_range(make_model("custom", gV_mu=1.0), parse_options(process, {}))
    with pytest.raises(
        UserError, match=r"meson_decay.parents: spectrum .* holds no 'rho\+', nor does any table .* rho0, omega"
    ):
        channel("rho+ -> pi+ V", 0.1, Window(DISC, np.array([0.0, 0.0, 0.01, 0.0])))


def test_channels_follow_the_couplings():
    window = Window(DISC, np.array([0.0, 0.0, 0.01, 0.0]))
    process, table = get_process("meson_decay"), load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV")

    def names(model, mass=0.1, **options):
        return {c.name for c in process.channels(Setup(model, table, window, parse_options(process, options)), mass)}

    everything = {r for r in TRANSITION if not r.startswith(("rho+", "rho-", "phi -> eta'"))}
    assert names(make_model("dark_photon")) == everything
    closed = {"omega -> pi0 V", "phi -> pi0 V", "rho0 -> eta V"}
    assert names(make_model("B", kinetic_mixing=0.0)) == everything - closed
    assert names(make_model("dark_photon"), form_factor="series") == {"pi0 -> gamma V", "eta -> gamma V"}
    assert names(make_model("dark_photon"), parents=["omega"]) == {"omega -> pi0 V", "omega -> eta V"}
    assert names(make_model("dark_photon"), 0.9) == {"eta' -> gamma V"}
    assert process.mass_range(make_model("B", kinetic_mixing=0.0), parse_options(process, {"parents": ["omega"]})) == (
        0.0, particle_mass("omega") - particle_mass("eta"),
    )  # fmt: skip
    assert process.mass_range(make_model("dark_photon"), parse_options(process, {}))[1] == particle_mass("eta'")


# --- kinematics -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tables():
    """The shipped LHC table, and a made-up one of a fixed target with soft hadrons at large angles."""
    p_edges = np.linspace(-1.0, math.log10(400.0), 61)
    t_edges = np.append(np.arange(-5.0, 0.45, 0.1), math.log10(math.pi))
    p, theta = (10 ** (0.5 * (edges[1:] + edges[:-1])) for edges in (p_edges, t_edges))
    p = p[:, None]
    density = p**2 * np.exp(-p * np.sin(theta) / 0.18) * (1 - p / 400) ** 3 / (p + 1)
    solid = -2 * np.pi * np.diff(np.cos(10**t_edges))
    content = density * solid
    made = SpectrumTable(
        name="made-up", source="SPS-400GeV", p_edges=p_edges, theta_edges=t_edges,
        content={TRANSITION[r].parent_pdg: content for r in TRANSITION}, counts={}, sigma_inel_pb=1.0,
        beam_momentum=400.0,
    )  # fmt: skip
    return {"LHC": load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV"), "SPS": made}


def channel(reaction, mass, window, table=None):
    process = get_process("meson_decay")
    options = parse_options(process, {"parents": [TRANSITION[reaction].parent], "form_factor": "none"})
    setup = Setup(make_model("dark_photon"), table or load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV"), window, options)
    return next(c for c in process.channels(setup, mass) if c.name == reaction)


def brute(table, reaction, mass, n=700_000):
    """Hadrons drawn from the table itself, decayed isotropically: boson momenta and the weight of each."""
    rng = np.random.default_rng(11)
    decay = TRANSITION[reaction]
    m_p, m_x = particle_mass(decay.parent), particle_mass(decay.product)
    hadrons = hadron_density(table, decay.parent_pdg)
    n_p, n_t = hadrons.density.shape
    p_edges = np.linspace(table.p_edges[0], table.p_edges[-1], n_p + 1)
    t_edges = np.interp(np.arange(n_t + 1) / 4, np.arange(n_t // 4 + 1), table.theta_edges)
    s2 = np.sin(0.5 * 10**t_edges) ** 2
    content = hadrons.density * np.diff(p_edges)[:, None] * 4 * np.pi * np.diff(s2)
    cell = rng.choice(content.size, n, p=content.ravel() / content.sum())
    i, j = np.divmod(cell, n_t)
    p = 10 ** (p_edges[i] + rng.random(n) * (p_edges[1] - p_edges[0]))
    theta = 2 * np.arcsin(np.sqrt(s2[j] + rng.random(n) * (s2[j + 1] - s2[j])))
    e_star = (m_p**2 + mass**2 - m_x**2) / (2 * m_p)
    p_star = np.sqrt(e_star**2 - mass**2)
    cos, phi, azimuth = 2 * rng.random(n) - 1, 2 * np.pi * rng.random(n), 2 * np.pi * rng.random(n)
    across = p_star * np.sqrt(1 - cos**2)
    along = (p * e_star + np.hypot(p, m_p) * p_star * cos) / m_p
    x = along * np.sin(theta) + across * np.cos(phi) * np.cos(theta)
    y = across * np.sin(phi)
    z = along * np.cos(theta) - across * np.cos(phi) * np.sin(theta)
    momentum = np.column_stack([x * np.cos(azimuth) - y * np.sin(azimuth),
                                x * np.sin(azimuth) + y * np.cos(azimuth), z])  # fmt: skip
    return momentum, content.sum() * branching(reaction, mass, form_factor="none") / n


@pytest.mark.parametrize(
    ("reaction", "mass", "kind", "par", "beam"),
    [
        ("pi0 -> gamma V", 0.05, DISC, [0.0, 0.0, 1 / 480, 0.0], "LHC"),
        ("pi0 -> gamma V", 0.01, DISC, [0.0, 0.0, 0.02, 0.0], "LHC"),
        ("pi0 -> gamma V", 0.13, DISC, [0.0, 0.0, 0.005, 0.0], "LHC"),
        ("eta -> gamma V", 0.3, DISC, [0.0, 0.0, 0.01, 0.0], "LHC"),
        ("eta' -> gamma V", 0.9, DISC, [0.0, 0.0, 0.02, 0.0], "LHC"),
        ("eta -> gamma V", 0.01, RECTANGLE, [0.02, -0.01, 0.008, 0.01], "LHC"),
        ("phi -> eta V", 0.4, DISC, [0.0, 0.0, 0.01, 0.0], "LHC"),
        ("pi0 -> gamma V", 0.02, DISC, [0.0, 0.0, 0.1, 0.0], "SPS"),
        ("eta -> gamma V", 0.02, RECTANGLE, [0.0, 0.0, 0.05, 0.1], "SPS"),
        ("omega -> pi0 V", 0.3, RECTANGLE, [0.0, 0.0, 0.1, 0.1], "SPS"),
        ("omega -> pi0 V", 0.64, DISC, [0.0, 0.0, 0.05, 0.0], "SPS"),
        ("K*0 -> K0 V", 0.1, RECTANGLE, [0.06, -0.02, 0.03, 0.04], "SPS"),
    ],
)
def test_bosons_against_brute_force(tables, reaction, mass, kind, par, beam):
    """Number and momentum spectrum of bosons in the window, drawn from the detector's end and from the hadron's."""
    made = channel(reaction, mass, Window(kind, np.array(par)), tables[beam])
    draws = made.draw(np.random.default_rng(12).random((200_000, 5)))
    momentum, unit = brute(tables[beam], reaction, mass)
    tx, ty = momentum[:, 0] / momentum[:, 2], momentum[:, 1] / momentum[:, 2]
    inside = (
        np.hypot(tx, ty) < par[2] if kind == DISC else (np.abs(tx - par[0]) < par[2]) & (np.abs(ty - par[1]) < par[3])
    )
    inside &= momentum[:, 2] > 0
    p = np.linalg.norm(momentum, axis=1)
    mine = np.linalg.norm(draws.boson[:, 1:], axis=1)
    edges = np.append(np.quantile(p[inside & (p > 0.05)], np.linspace(0, 1, 9))[:-1], 1e5)
    edges[0] = 0.05
    expected = np.histogram(p[inside], edges)[0]
    got = np.histogram(mine, edges, weights=draws.weight)[0] / len(draws)
    square = np.histogram(mine, edges, weights=draws.weight**2)[0] / len(draws) ** 2
    pull = (got - expected * unit) / np.sqrt(square + expected * unit**2)
    assert expected.min() > 200
    assert np.sum(pull**2) < stats.chi2.ppf(0.9999, len(pull))
    assert got.sum() == pytest.approx(expected.sum() * unit, rel=0.02)


@pytest.mark.parametrize(
    ("reaction", "mass", "kind", "par"),
    [
        ("pi0 -> gamma V", 0.02, DISC, [0.0, 0.0, 0.1, 0.0]),
        ("eta -> gamma V", 0.02, RECTANGLE, [0.0, 0.0, 0.05, 0.1]),
        ("omega -> pi0 V", 0.3, RECTANGLE, [0.0, 0.0, 0.1, 0.1]),
    ],
)
def test_few_points_suffice_in_wide_windows(tables, reaction, mass, kind, par):
    """Effective share of unadapted points for p > 1 GeV, which the shape of the drawing densities decides."""
    made = channel(reaction, mass, Window(kind, np.array(par)), tables["SPS"])
    draws = made.draw(np.random.default_rng(12).random((50_000, 5)))
    p = np.linalg.norm(draws.boson[:, 1:], axis=1)
    weight = draws.weight[p > 1.0]
    assert weight.sum() ** 2 / (weight**2).sum() > 0.2 * np.count_nonzero(p > 1.0)


def test_slow_bosons_against_brute_force(tables):
    """The whole sphere, where two hadron momenta can give the same slow boson."""
    made = channel("eta -> gamma V", 0.2, Window(SPHERE, np.zeros(4)))
    draws = made.draw(np.random.default_rng(13).random((1_000_000, 5)))
    momentum, unit = brute(tables["LHC"], "eta -> gamma V", 0.2)
    p = np.linalg.norm(momentum, axis=1)
    mine = np.linalg.norm(draws.boson[:, 1:], axis=1)
    for low, high in ((0.05, 0.15), (0.15, 0.3), (0.3, 0.6), (0.6, 1.5)):
        own = (mine > low) & (mine < high)
        got = draws.weight[own].sum() / len(draws)
        error = np.sqrt((draws.weight[own] ** 2).sum()) / len(draws)
        expected = np.count_nonzero((p > low) & (p < high)) * unit
        assert got == pytest.approx(expected, abs=5 * np.hypot(error, np.sqrt(expected * unit)))
        assert error < 0.05 * got


@pytest.mark.parametrize("reaction", ["eta -> gamma V", "omega -> pi0 V"])
def test_kinematics_close(reaction):
    decay = TRANSITION[reaction]
    made = channel(reaction, 0.1, Window(DISC, np.array([0.0, 0.0, 1 / 480, 0.0])))
    draws = made.draw(np.random.default_rng(14).random((20_000, 5)))
    companion = made.companion_momenta(draws)[:, 0]
    used = draws.weight > 0
    total = draws.boson + companion
    assert made.companions == (decay.product_pdg,)
    assert np.abs((total - draws.parent)[used] / draws.parent[used, :1]).max() < 1e-9
    mass2 = draws.parent[:, 0] ** 2 - np.sum(draws.parent[:, 1:] ** 2, axis=1)
    assert np.allclose(mass2[used], particle_mass(decay.parent) ** 2, atol=1e-9 * draws.parent[used, 0].max() ** 2)
    top = load_spectrum("SIBYLL-2.3d", "LHC-13.6TeV").beam_momentum
    assert np.linalg.norm(draws.parent[used, 1:], axis=1).max() <= top * (1 + 1e-12)
    assert (draws.cell[used] >= 0).all()
