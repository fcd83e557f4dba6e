"""Fixtures for the shared ground."""

from tests.shared_ground.unprivileged import unprivileged as unprivileged
