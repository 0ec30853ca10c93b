"""What changes people, their sessions and the trail."""
