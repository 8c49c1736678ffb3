"""The list of earlier sessions."""
