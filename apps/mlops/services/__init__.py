"""What changes the state of the risk models and their scores."""
