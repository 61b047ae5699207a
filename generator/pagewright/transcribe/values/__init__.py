"""Read single values as a page prints them: literals, lists of digits, defaults, prices, times. Knows no page."""
