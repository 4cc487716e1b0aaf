"""Bit-vector terms: construction, evaluation, substitution and printing."""
