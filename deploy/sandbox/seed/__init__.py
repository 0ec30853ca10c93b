"""The world of the sandbox: made through the AWS API, the Kubernetes API and the product's own commands."""
