"""Leaves out `plugin_project/`, a project of its own, which one of the tests here runs."""

collect_ignore = ["plugin_project"]
