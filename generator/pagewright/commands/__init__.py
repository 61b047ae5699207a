"""The subcommands of `pagewright`: what each option means, and what the user is told.

What a command does is in the packages beside this one; they know nothing of options and terminals.
"""
