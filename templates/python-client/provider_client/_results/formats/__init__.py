"""Recognition of media files by their bytes, and their measures, without a library. Nothing is decoded."""
