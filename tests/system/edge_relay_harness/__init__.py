"""Runs the real programs against simulated clouds and modems: shared by the system tests and by tools/demo."""
