"""Reports: an Outcome as text and as JSON, and the exit code it stands for. Nothing here prints."""
