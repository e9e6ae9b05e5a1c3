"""What is shown, as rows of styled text. No terminal is known here."""
