"""The embedded installation: real servers, an emulated cloud and clusters, and the product's own processes.

It speaks to the product through environment variables, management commands, HTTP and the clouds' APIs only.
"""
