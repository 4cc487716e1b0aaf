"""The system and its obligations as text for other solvers and model checkers."""
