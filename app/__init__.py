"""Disparo: machine-learning models in production from one self-hosted service."""

from importlib.metadata import version

__version__ = version("disparo")
