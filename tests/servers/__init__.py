"""Real servers for tests, on loopback and below the temporary folder.

Load `tests.servers.fixtures` as a plugin to get them as fixtures. A missing program is a failure.
"""
