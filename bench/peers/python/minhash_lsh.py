"""MinHash with locality-sensitive hashing of datasketch: a function is dropped if one before it is near."""

from datasketch import MinHash, MinHashLSH


def prepare(data):
    sets = [[token.encode() for token in set(code.split())] for code in data["codes"]]

    def run():
        index = MinHashLSH(threshold=0.8, num_perm=128)
        kept = 0
        for number, tokens in enumerate(sets):
            hashed = MinHash(num_perm=128)
            hashed.update_batch(tokens)
            if not index.query(hashed):
                index.insert(number, hashed)
                kept += 1
        return kept

    return run, lambda kept: [kept]
