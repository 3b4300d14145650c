"""Simulation-based calibration: known worlds fitted, and the truth ranked among the draws."""
