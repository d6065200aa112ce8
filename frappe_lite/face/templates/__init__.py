"""Templates and expressions, of an app's authors and of people."""
