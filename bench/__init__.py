"""Measures what the program promises of its speed: side by side with the alternatives, in one run."""
