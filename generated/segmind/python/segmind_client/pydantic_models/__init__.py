"""The input of each model as a pydantic model, for those who have pydantic; nothing else here needs it.

`client.submit_async(slug, **inputs.model_dump(by_alias=True, exclude_unset=True))` sends what was set, and no more, by
the names that the service knows.
"""
