"""The sandbox's AWS: moto's server made to behave as AWS documents where moto falls short."""
