"""mig-assist: author one migration for two backends, with proof for every step."""

__version__ = "0.1.0"
