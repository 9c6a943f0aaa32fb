"""Fits of models to measurements; each is one module."""
