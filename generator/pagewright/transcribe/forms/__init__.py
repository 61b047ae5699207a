"""Forms: what people save of a page (text, HTML, MHTML, Markdown), turned into one sequence of units. Knows no fact."""
