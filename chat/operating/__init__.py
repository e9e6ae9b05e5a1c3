"""What an operator does with a server's data and with a server that runs."""
