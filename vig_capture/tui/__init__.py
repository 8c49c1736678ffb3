"""The screen: draws a snapshot, sends commands."""
