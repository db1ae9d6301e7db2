"""The nouns: frozen, typed data and the ports the verbs talk to; standard library only."""
