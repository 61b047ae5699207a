"""Requests to the service as generators (see `Flow`): every decision is made here, without any input or output."""
