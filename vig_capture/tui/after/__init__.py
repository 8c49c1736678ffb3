"""The list of moments after the film."""
