"""Process control: run tasks in child processes that cannot outlive their parent or their time limit.

Knows nothing of solvers or programs (docs/adr/0004-worker-processes.md).
"""
