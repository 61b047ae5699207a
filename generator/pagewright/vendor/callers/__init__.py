"""Which calls of a consumer's own code the new version would refuse.

`sources` reads the code, `naming` tells what a name or an expression in it is, `sites` finds the calls, and `judgement`
holds them against the validators of the new specs. Nothing of the consumer's is imported or run.
"""
