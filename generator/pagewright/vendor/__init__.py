"""Vendoring: copy a package of a few models into another repository, and update it without losing local edits.

`package` makes the files to write, `record` remembers those that were written; `status`, `update` and `differ` compare
both with the present files. `callers` reads the code that uses the package.
"""
