"""Find the calls in a consumer's own code that the new version would refuse.

`sources` reads the code, `scopes` and `naming` resolve names in it, `values` finds the values that expressions can have,
`call_sites` finds the calls, and `checking` validates their arguments with the new specs. The consumer's code is neither imported nor run.
"""
