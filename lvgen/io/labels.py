"""Names as they stand in figures: TeX for particles, channels, units and powers of ten."""

from __future__ import annotations

import re

_PARTICLES = {
    "gamma": r"\gamma",
    "e+": "e^+",
    "e-": "e^-",
    "mu+": r"\mu^+",
    "mu-": r"\mu^-",
    "tau+": r"\tau^+",
    "tau-": r"\tau^-",
    "nu": r"\nu",
    "nubar": r"\bar{\nu}",
    "chi": r"\chi",
    "chibar": r"\bar{\chi}",
    "pi0": r"\pi^0",
    "pi+": r"\pi^+",
    "pi-": r"\pi^-",
    "pi": r"\pi",
    "eta": r"\eta",
    "eta'": r"\eta'",
    "omega": r"\omega",
    "phi": r"\phi",
    "rho0": r"\rho^0",
    "K+": "K^+",
    "K-": "K^-",
    "K0": "K^0",
    "K0bar": r"\overline{K}^0",
    "p": "p",
    "pbar": r"\bar{p}",
    "n": "n",
    "nbar": r"\bar{n}",
    "4pi": r"4\pi",
    "6pi": r"6\pi",
    "KKpi": r"KK\pi",
    "KKpipi": r"KK\pi\pi",
}
_WORDS = {"hadrons": "hadrons", "quarks": "quarks"}
_FLAVOUR = re.compile(r"(nu|nubar)_(e|mu|tau)")
_LEPTON = {"e": "e", "mu": r"\mu", "tau": r"\tau"}
_POWER = re.compile(r"\^(-?\d+)")
_SCIENTIFIC = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)[eE]([-+]?\d+)(?![\w.])")


def channel_label(name: str) -> str:
    """A decay channel in TeX; names that are not known stay as they are.

    >>> channel_label("pi+ pi- pi0")
    '$\\\\pi^+\\\\pi^-\\\\pi^0$'
    >>> channel_label("hadrons")
    'hadrons'
    """
    parts = [_particle(word) for word in name.split()]
    if not parts or None in parts:
        return _WORDS.get(name, name.replace("_", " "))
    return f"${''.join(part for part in parts if part)}$"


def with_gev(label: str) -> str:
    """A label with the unit GeV, which is added where no unit stands yet.

    >>> with_gev("$m_V$"), with_gev("Mass [GeV]")
    ('$m_V$ [GeV]', 'Mass [GeV]')
    """
    return label if "[" in label else f"{label} [GeV]"


def mass_label(model: str) -> str:
    """Label of a mass axis for a model, with its unit; V for the boson of a model that is not known here.

    >>> mass_label("dark_photon")
    "$m_{A'}$ [GeV]"
    """
    from lvgen.errors import UserError
    from lvgen.models.registry import model_class

    try:
        boson = model_class(model).boson_label
    except UserError:
        boson = "V"
    return with_gev(f"$m_{{{boson}}}$" if len(boson) > 1 else f"$m_{boson}$")


def unit_text(text: str) -> str:
    """Powers of ten and of units as in print.

    >>> unit_text("3 ab^-1"), unit_text("1.4e17 POT")
    ('3 ab$^{\\\\mathregular{-1}}$', '$\\\\mathregular{1.4\\\\times 10^{17}}$ POT')
    """
    raised = _POWER.sub(r"$^{\\mathregular{\1}}$", text)
    return _SCIENTIFIC.sub(lambda match: power_of_ten(float(match[1]), int(match[2])), raised)


def power_of_ten(factor: float, exponent: int) -> str:
    """``factor`` times a power of ten in TeX.

    >>> power_of_ten(1.0, 3)
    '$\\\\mathregular{10^{3}}$'
    """
    times = "" if factor == 1 else rf"{factor:g}\times "
    return rf"$\mathregular{{{times}10^{{{exponent}}}}}$"


def _particle(word: str) -> str | None:
    flavoured = _FLAVOUR.fullmatch(word)
    if flavoured:
        return f"{_PARTICLES[flavoured[1]]}_{{{_LEPTON[flavoured[2]]}}}"
    return _PARTICLES.get(word)
