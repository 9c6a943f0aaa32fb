"""Names of decay channels in detector files: single channels, sums, and which name covers which channel."""

from __future__ import annotations

import functools

from lvgen.decays.coefficients import channel_groups
from lvgen.errors import unknown

HADRONS = "hadrons"
_LEPTONS = ("e+ e-", "mu+ mu-", "tau+ tau-")
_NEUTRINOS = ("nu_e nubar_e", "nu_mu nubar_mu", "nu_tau nubar_tau")


@functools.cache
def _members() -> dict[str, frozenset[str]]:
    """Every name that a file may use -> the single channels that it covers."""
    groups = {name: frozenset(members) for name, members in channel_groups().items()}
    hadrons = frozenset().union(*groups.values())
    single = {name: frozenset({name}) for name in (*_LEPTONS, *_NEUTRINOS, "3 gamma", "chi chibar", "quarks", *hadrons)}
    return single | groups | {HADRONS: hadrons | {"quarks"}, "nu nubar": frozenset(_NEUTRINOS)}


def covers(name: str, channel: str) -> bool:
    """Whether a name (of a channel or a sum) covers a channel; "hadrons" covers "quarks" too."""
    return name == channel or channel in _members().get(name, frozenset())


def check_channel(name: str) -> str:
    """The name as it is; UnknownNameError with the nearest names for an unknown one."""
    if name not in _members():
        raise unknown("decay channel", name, _members())
    return name
