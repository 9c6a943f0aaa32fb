"""lvgen: events and sensitivities for light, weakly coupled bosons.

    import lvgen
    result = lvgen.run("faser2_dark_photon", directory="out")
    lvgen.model("dark_photon").decay_table(0.05).ctau

Everything is imported when it is first used, so that ``import lvgen`` costs nothing.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lvgen.conductor import run
    from lvgen.constraints.asking import bounds, verdicts
    from lvgen.decays.mediator import mediator as model
    from lvgen.detection.registry import load_detector as detector
    from lvgen.production import get_process as process
    from lvgen.rates import branching_ratio, cross_section
    from lvgen.spectra.registry import load_spectrum as spectrum

__version__ = "0.1.0"

__all__ = [
    "bounds", "branching_ratio", "cross_section", "detector", "model", "process", "run", "spectrum", "verdicts",
]  # fmt: skip

_WHERE = {
    "run": ("lvgen.conductor", "run"),
    "model": ("lvgen.decays.mediator", "mediator"),
    "detector": ("lvgen.detection.registry", "load_detector"),
    "process": ("lvgen.production", "get_process"),
    "spectrum": ("lvgen.spectra.registry", "load_spectrum"),
    "branching_ratio": ("lvgen.rates", "branching_ratio"),
    "cross_section": ("lvgen.rates", "cross_section"),
    "bounds": ("lvgen.constraints.asking", "bounds"),
    "verdicts": ("lvgen.constraints.asking", "verdicts"),
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'lvgen' has no attribute {name!r}")
    module, attribute = _WHERE[name]
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])


if importlib.util.find_spec("lvgen.processes") is None:
    raise ImportError(
        "this folder holds the sources of lvgen without its packages 'processes', 'detectors' and 'cards': "
        "install it first (pip install -e . in the checkout), or leave the checkout, whose folder 'lvgen' shadows the "
        "installed package"
    )
