"""The registry: small keyed records, and what is kept in them of names, invitations and operators."""
