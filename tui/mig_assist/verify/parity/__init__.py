"""Whether the two backends of each version say and do the same."""
