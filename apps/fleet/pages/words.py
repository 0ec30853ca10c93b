"""How counts are written."""


def counted(number: int, thing: str) -> str:
    """`1 node`, `1,234 nodes`."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
