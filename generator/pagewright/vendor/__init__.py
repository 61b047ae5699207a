"""A package of a few models, taken into another repository, and kept up to date there without losing local edits.

`package` says what would be written, `record` what was; `status`, `update` and `diff` compare the two with what is
there now. `callers` reads the code that uses the package.
"""
