"""Which calls of a consumer's own code the new version would refuse.

`sources` reads the code, `naming` tells what a name or an expression in it is, `call_sites` finds the calls, and `checking`
validates their arguments with the new specs. Nothing of the consumer's is imported or run.
"""
