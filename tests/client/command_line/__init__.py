"""The command `segmind-client`: single calls and batches."""
