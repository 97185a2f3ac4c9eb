"""What can be seen from outside: metrics, and whether all is well."""
