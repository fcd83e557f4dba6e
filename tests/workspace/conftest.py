"""Fixtures for workspaces."""

from tests.shared_ground.unprivileged import unprivileged as unprivileged
