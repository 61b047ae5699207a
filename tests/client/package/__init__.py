"""The generated package as a whole: import, copies, documentation, and packages of many models."""
