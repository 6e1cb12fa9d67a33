"""Orders as the API sees them: reading one, telling one, watching one, and showing one."""
