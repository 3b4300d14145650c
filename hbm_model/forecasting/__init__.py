"""The world to the horizon, gaps, scenarios, and answers to questions."""
