"""Hadronic decay channels of a vector boson: one module per family of final states.

Each module that is not a helper exposes ``CHANNELS``; ``lvgen.decays.hadronic.registry.channels`` finds them all.
"""
