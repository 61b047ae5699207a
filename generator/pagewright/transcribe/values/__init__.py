"""Reading of single values as a page prints them: literals, lists of digits, defaults, prices and times. Knows no page."""
