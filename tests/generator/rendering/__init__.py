"""From specs to the content of files: names, filters, templates, targets and headers."""
