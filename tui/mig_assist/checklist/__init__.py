"""The ten items: their state, their evidence, and the work that proves them."""
