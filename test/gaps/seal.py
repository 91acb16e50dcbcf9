"""seal: secure frames for the tests, ChaCha20-Poly1305 (RFC 8439) and HKDF-SHA256 (RFC 5869) in plain Python."""
import hashlib
import hmac
import struct

_MASK = 0xFFFFFFFF


def _quarter(s, a, b, c, d):
    for i, j, k, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[i] = (s[i] + s[j]) & _MASK
        x = s[k] ^ s[i]
        s[k] = (x << turn | x >> 32 - turn) & _MASK


def _block(key, counter, nonce):
    start = [*struct.unpack("<4I", b"expand 32-byte k"), *struct.unpack("<8I", key), counter, *struct.unpack("<3I", nonce)]
    s = list(start)
    for _ in range(10):
        for i in range(4):
            _quarter(s, i, 4 + i, 8 + i, 12 + i)
        for i in range(4):
            _quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<16I", *((a + b) & _MASK for a, b in zip(s, start)))


def _poly1305(key, data):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    acc = 0
    for i in range(0, len(data), 16):
        acc = (acc + int.from_bytes(data[i:i + 16] + b"\1", "little")) * r % (2**130 - 5)
    return ((acc + int.from_bytes(key[16:], "little")) % 2**128).to_bytes(16, "little")


def _pad(b):
    return b + bytes(-len(b) % 16)


def seal(key, nonce, text, aad=b""):
    """Ciphertext and tag; up to 64 bytes of text, which is all that a frame needs."""
    cipher = bytes(a ^ b for a, b in zip(text, _block(key, 1, nonce)))
    tag = _poly1305(_block(key, 0, nonce)[:32], _pad(aad) + _pad(cipher) + struct.pack("<QQ", len(aad), len(cipher)))
    return cipher + tag


def shared(key_hex, prefix, counter, frame):
    """A frame of 60 bytes, sealed with a key that all share."""
    head = prefix + struct.pack("<I", counter)
    return head + seal(bytes.fromhex(key_hex), head, frame)


def mastered(key_hex, pid, prefix, counter, frame):
    """A frame of 64 bytes, sealed with the key derived for that pid."""
    who, head = struct.pack("<I", pid), prefix + struct.pack("<I", counter)
    secret = hmac.digest(bytes(32), bytes.fromhex(key_hex), hashlib.sha256)
    key = hmac.digest(secret, b"varta-agent-v1\0" + who + b"\1", hashlib.sha256)
    return who + head + seal(key, head, frame, who)
