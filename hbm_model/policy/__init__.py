"""Policy: what a government or an alliance can move (levers), and by how much and when (scenarios)."""
