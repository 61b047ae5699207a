"""Find the calls in a consumer's own code that the new version would refuse.

`sources` reads the code, `naming` resolves names and expressions in it, `call_sites` finds the calls, and `checking`
validates their arguments with the new specs. The consumer's code is neither imported nor run.
"""
