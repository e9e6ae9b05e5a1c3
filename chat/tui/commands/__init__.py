"""What can be typed after a slash."""
