"""Facts of pages as flat records, what a spec claims about them, and the changes between two of them."""
