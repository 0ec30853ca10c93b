"""How each part of the platform stands: signs of life, ten checks, and what the parts say of their work."""
