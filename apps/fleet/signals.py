"""What the fleet announces to the apps above it. Each is sent after the row that it speaks of is stored."""

from django.dispatch import Signal

# instance: Instance, deadline_at: datetime. AWS takes the node; a receiver starts its switch.
interruption_received = Signal()
# instance: Instance. AWS recommends to move; evidence, not an order.
rebalance_recommended = Signal()
# pool_id: int. CreateFleet found no room there.
pool_without_capacity = Signal()
# switch: Switch. It has ended, however.
switch_finished = Signal()
# launch: Launch. It has ended, however; its row and all else of its end are in the same transaction.
launch_finished = Signal()
