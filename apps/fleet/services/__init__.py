"""What changes the state of the fleet."""
