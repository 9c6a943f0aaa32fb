"""The texts, in the order of the gallery."""

from __future__ import annotations

from gallery.anomalous import ANOMALOUS, TALK
from gallery.base import Text
from gallery.dark_z import DARK_Z
from gallery.muonic import MUONIC
from gallery.widths import WIDTHS

TEXTS: tuple[Text, ...] = (MUONIC, TALK, DARK_Z, ANOMALOUS, WIDTHS)
