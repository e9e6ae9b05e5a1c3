"""The log that everything which must not be lost is an entry of."""
