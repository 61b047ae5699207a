"""From a saved page to a draft of a spec, and from a spec back to its pages: does it still say what they say?"""
