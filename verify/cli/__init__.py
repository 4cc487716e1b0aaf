"""The command line; the only package that prints. Everything heavy is imported inside the commands."""
