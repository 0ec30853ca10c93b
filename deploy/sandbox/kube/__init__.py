"""A Kubernetes API stand-in: many clusters in one process, for tests and for the sandbox."""
