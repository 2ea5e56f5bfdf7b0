"""Probes: one look at a host, a database, a URL or a disk, which always ends in a Reading."""

from app.monitor.probes import Bounds, Probes

__all__ = ["Bounds", "Probes"]
