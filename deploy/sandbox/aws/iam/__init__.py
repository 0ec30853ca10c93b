"""Who may do what in the emulated accounts: roles, their trust, their policies."""
