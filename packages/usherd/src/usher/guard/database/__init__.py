"""Connections to a database: how many an app takes, how many there are, and signs of two pools."""
