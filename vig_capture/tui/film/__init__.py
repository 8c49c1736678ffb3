"""The screen while filming: state, keys, the last moments."""
