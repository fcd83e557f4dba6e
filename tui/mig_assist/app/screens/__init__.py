"""The screens and dialogs of the wizard."""
