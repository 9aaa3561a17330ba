"""Press and social-media monitoring."""
