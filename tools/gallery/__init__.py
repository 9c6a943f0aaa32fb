"""The figures and tables of the five texts, drawn anew: one module for each text, listed in ``base.Item``."""
