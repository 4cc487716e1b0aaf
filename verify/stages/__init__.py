"""The stages of the pipeline that run in worker processes, each joined with the check of its evidence."""
