"""Pictures of cameras, drawn from what happens in the simulated city: cheap, plain, and marked as simulated."""
