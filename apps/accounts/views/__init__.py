"""Pages of people: signing in, their account, and who may be here."""
