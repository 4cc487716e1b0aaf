"""Certificates that are kept: ``prove`` writes them, ``recheck`` checks them again, ``gate`` holds specs to them."""
