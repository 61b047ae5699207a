"""The answer to each request: jobs, scenarios, rules, bodies, and what other clients make of them."""
