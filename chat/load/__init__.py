"""`chat-load`: whether a machine can hold a community, measured from outside with a load like its own."""
