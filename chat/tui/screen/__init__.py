"""The full screen: panes, keys, the mouse and the field."""
