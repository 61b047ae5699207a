"""The validation proxy: passes requests on to the real service, records and replays them."""
