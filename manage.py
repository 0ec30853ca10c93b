#!/usr/bin/env python
"""Django's command line."""

import os
import sys

from django.core.management import execute_from_command_line

# These read files alone: anybody may run them on a checkout that was never set up.
STANDALONE = {"plan"}

if __name__ == "__main__":
    settings = "standalone" if STANDALONE.intersection(sys.argv[1:2]) else "development"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"atharva.settings.{settings}")
    execute_from_command_line(sys.argv)
