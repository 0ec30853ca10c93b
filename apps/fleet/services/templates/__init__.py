"""What an instance must be launched with to become a node of a cluster: read, kept, and launched from."""

from .checking import check_templates
from .keeping import launch_template_of
from .launching import launch_request
from .pruning import remove_unused
from .reading import read_templates

__all__ = ["check_templates", "launch_request", "launch_template_of", "read_templates", "remove_unused"]
