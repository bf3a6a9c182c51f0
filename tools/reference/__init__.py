"""The pages of `docs/reference`, made from the tables of the code so that they cannot drift."""
