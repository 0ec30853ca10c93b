"""What the pipeline does when the fleet announces something."""
