"""How good forecasts were, and whether the inference is right."""
