"""Pure functions over frames: what it costs and gives."""
