"""Pages as people have them: from a file or an address, in every form, whole or damaged."""
