"""Google Calendar as a server on loopback: real HTTP, real tokens, real faults.

Routes, parameters and shapes are those of the discovery document that comes with the installed
client library. Whatever does not fit it, from the product or from here, is kept in
`ProviderSim.violations`, and the fixture fails the test.
"""
