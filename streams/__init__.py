"""A camera's pictures, nothing else."""
