"""From evidence and priors to a checked posterior, and what is read off its draws."""
