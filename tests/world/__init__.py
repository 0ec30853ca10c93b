"""A small tenant of the emulated cloud, made as a real one is: through the AWS and Kubernetes APIs."""
