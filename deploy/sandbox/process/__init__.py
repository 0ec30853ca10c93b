"""The sandbox's processes: what they are started with, kept alive by, and ended by."""
