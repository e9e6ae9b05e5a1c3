"""Other ways in, for programs that do not speak the wire contract: plain text, and text behind a length."""
