"""What drives the numbers, and what new claims would change."""
