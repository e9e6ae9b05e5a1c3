"""The server: sessions, the hub between them, and the doors it opens."""
