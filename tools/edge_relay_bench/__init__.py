"""The figures of tools/bench: each module measures a few, on the real programs, through the harness of the system tests."""
