"""How long usher takes to see a fault and to have the service answer again, at default settings."""
