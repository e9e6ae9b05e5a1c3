"""Before there is a screen: what was asked for on the command line, by whom, and how it ends."""
