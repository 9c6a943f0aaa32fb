"""A tabulated spectrum read at given hadrons."""

from __future__ import annotations

from lvgen.kernels.jit import kernel
from lvgen.kernels.parent_decay import spectrum_density


@kernel("void(float64[:,::1], float64[::1], float64[::1], float64[::1], float64[::1])")
def look_up(density, table, log_p, log_t, out):
    """Density per log10 p and sr at each point; 0 outside.

    density, table : as ``parent_decay.draw_two_body`` takes them; log_p, log_t, out : (n,)
    """
    for i in range(out.shape[0]):
        out[i], _ = spectrum_density(density, table, log_p[i], log_t[i])
