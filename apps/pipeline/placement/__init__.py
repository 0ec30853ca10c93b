"""From a cluster's pods to a packing problem, and from its plan to rows that are carried out."""
