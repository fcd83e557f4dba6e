"""Writing files for a migration: names, scaffolds, registry entries."""
