"""The actions of `provider-client`, one module each; the options are in `_options`."""
