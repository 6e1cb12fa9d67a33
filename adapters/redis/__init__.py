"""Valkey or Redis behind the ports. Everything here may be lost or away without harm."""
