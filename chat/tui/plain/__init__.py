"""Without a screen to draw on: the linear mode and the filters."""
