"""Examinations of a migration; each yields a report with findings."""
