#!/usr/bin/env python3
"""Checks evidence without Patchseal; needs Python 3.8 and `pip install cryptography`, nothing else.
verify_proof.py VKEY_FILE PROOF_FILE LEAF_FILE   the leaf is in the log (c2sp.org/tlog-proof@v1)
verify_proof.py VKEY_FILE CHECKPOINT_FILE        the checkpoint is signed (c2sp.org/tlog-checkpoint)
Exit 0: it holds. Exit 1: it does not; one line says why. Get VKEY_FILE from elsewhere than the store."""
import base64, hashlib, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

def check(condition, reason):
    if not condition: raise ValueError(reason)

def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()

def decode(text):
    data = base64.b64decode(text)
    check(base64.b64encode(data).decode() == text, f"not canonical base64: {text!r}")
    return data

def checkpoint(vkey, note):
    """Origin, size and root of a note with a valid signature of the key."""
    name, key_id, key = vkey.strip().split("+", 2)
    key = decode(key)
    check(len(key) == 33 and key[0] == 1 and sha(name.encode(), b"\n", key)[:4].hex() == key_id, "not an Ed25519 vkey")
    text, lines = note.rsplit("\n\n", 1)
    mark = f"\u2014 {name} "
    found = [decode(line[len(mark):]) for line in lines.strip("\n").split("\n") if line.startswith(mark)]
    found = [signature[4:] for signature in found if signature[:4].hex() == key_id]
    check(found, f"the checkpoint has no signature of {name} {key_id}")
    Ed25519PublicKey.from_public_bytes(key[1:]).verify(found[0], f"{text}\n".encode())
    origin, size, root = text.split("\n")[:3]
    check(origin == name, f"the checkpoint is of {origin}, the key of {name}")
    return origin, int(size), decode(root)

def root_of(index, size, value, path):
    """RFC 6962 section 2.1.1 read backwards: the last hash of the path is the sibling at the top."""
    check((size > 1) == bool(path), "the path is too long or too short")
    if size == 1: return value
    left = 1 << ((size - 1).bit_length() - 1)
    if index < left:
        return sha(b"\1", root_of(index, left, value, path[:-1]), path[-1])
    return sha(b"\1", path[-1], root_of(index - left, size - left, value, path[:-1]))

def main(vkey, note, leaf=None):
    vkey, note = (open(name, encoding="utf-8", newline="").read() for name in (vkey, note))
    head, note = note.split("\n\n", 1) if leaf else ("", note)
    origin, size, root = checkpoint(vkey, note)
    if not leaf: return f"SIGNED: {origin} with {size} leaves"
    first, index, *path = (line for line in head.split("\n") if not line.startswith("extra "))
    number = int(index[6:])
    check(first == "c2sp.org/tlog-proof@v1" and index == f"index {number}", "the proof is not a tlog-proof@v1")
    check(0 <= number < size, f"the proof is of an {index} outside the {size} leaves")
    found = root_of(number, size, sha(b"\0", open(leaf, "rb").read()), [decode(line) for line in path])
    check(found == root, "leaf and path do not give the root of the checkpoint")
    return f"PROVEN: leaf at {index} of {origin} with {size} leaves"

try:
    print(main(*sys.argv[1:]) if len(sys.argv) in (3, 4) else sys.exit(__doc__))
except Exception as error:
    sys.exit(f"REFUSED: {error!s:.300}" if str(error) else "REFUSED: invalid signature")
