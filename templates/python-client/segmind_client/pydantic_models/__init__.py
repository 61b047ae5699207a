"""The input of each model as a pydantic model, for those who have pydantic; nothing else here needs it.

`client.<model>.generate(**inputs.model_dump(exclude_unset=True))` sends what was set, and no more.
"""
