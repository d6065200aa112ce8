"""What the site keeps of its own requests: those that it logs, and the faults of code."""
