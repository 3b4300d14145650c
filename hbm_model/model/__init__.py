"""The structural equations, the claims layer, and the joint model."""
