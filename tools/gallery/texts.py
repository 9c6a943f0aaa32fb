"""The texts, in the order of the gallery."""

from __future__ import annotations

from gallery.base import Text
from gallery.widths import WIDTHS

TEXTS: tuple[Text, ...] = (WIDTHS,)
