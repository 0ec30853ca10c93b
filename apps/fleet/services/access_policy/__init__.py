"""What a tenant's AWS account must hold so that the platform can work in it, as documents to copy."""

from .documents import Documents, documents_of
from .policies import missing_statements, permission_policy
from .terms import ROLE_NAME

__all__ = ["ROLE_NAME", "Documents", "documents_of", "missing_statements", "permission_policy"]
