"""What this app asks of, or tells, the apps above it."""

from django.dispatch import Signal

# client: Client. Nobody works there any more; a receiver answers what is still connected there, in words
# that follow "and": "3 clusters are connected". Empty where nothing is.
tenant_emptied = Signal()
