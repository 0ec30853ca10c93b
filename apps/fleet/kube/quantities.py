"""Kubernetes quantities ("500m", "1.5Gi", "2e3") as the numbers that the fleet counts in."""

import re
from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

SUFFIXES = {
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    "": Fraction(1),
    "k": Fraction(10**3),
    "M": Fraction(10**6),
    "G": Fraction(10**9),
    "T": Fraction(10**12),
    "P": Fraction(10**15),
    "E": Fraction(10**18),
    "Ki": Fraction(2**10),
    "Mi": Fraction(2**20),
    "Gi": Fraction(2**30),
    "Ti": Fraction(2**40),
    "Pi": Fraction(2**50),
    "Ei": Fraction(2**60),
}
QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?)([a-zA-Z]{0,2})")
MIB = 2**20


# A cluster's pods share a handful of sizes: nearly every call is a hit.
@lru_cache(maxsize=4096)
def quantity(text: str) -> Fraction:
    """The value of a quantity in its base unit (cores, bytes, pieces). Raises ValueError where it is none."""
    found = QUANTITY.fullmatch(text.strip())
    if found is None or found[2] not in SUFFIXES:
        raise ValueError(f"{text!r} is not a quantity")
    return Fraction(found[1]) * SUFFIXES[found[2]]


@lru_cache(maxsize=4096)
def cpu_milli(text: str) -> int:
    """Milli-cores that must be free for a request of `text`: rounded up, as the scheduler does."""
    return ceil(quantity(text) * 1000)


@lru_cache(maxsize=4096)
def size_bytes(text: str) -> int:
    """Bytes that must be free for a request of `text`: rounded up."""
    return ceil(quantity(text))


def mib_needed(size: int) -> int:
    """MiB that hold `size` bytes."""
    return -(-size // MIB)


def mib_offered(text: str) -> int:
    """Whole MiB within an allocatable amount."""
    return floor(quantity(text) / MIB)
