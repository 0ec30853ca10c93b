"""The pages of the loops."""
