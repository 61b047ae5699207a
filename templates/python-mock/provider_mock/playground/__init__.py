"""The playground: HTML pages to try the models in a browser, and their assets."""
