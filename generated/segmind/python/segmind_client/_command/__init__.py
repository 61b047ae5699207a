"""The actions of `segmind-client`, one module each; the options are in `_options`."""
