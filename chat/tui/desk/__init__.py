"""One person in the chat, whichever kind of screen they have: what they see of it and what they chose."""
