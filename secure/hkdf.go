package secure

import "encoding/binary"

// agentInfo goes before the pid in what an agent's key is derived for.
const agentInfo = "varta-agent-v1\x00"

// extract is HKDF-Extract (RFC 5869, 2.2) without a salt, which stands for 32
// zero bytes.
func extract(secret *[keySize]byte) [keySize]byte {
	var salt [keySize]byte
	return hmac(&salt, secret[:])
}

// derive sets key to that of the agent pid: HKDF-Expand (RFC 5869, 2.3) for
// 32 bytes, which is a single block.
func (m *masterKey) derive(key *box, pid uint32) {
	var info [len(agentInfo) + 4 + 1]byte
	copy(info[:], agentInfo)
	binary.LittleEndian.PutUint32(info[len(agentInfo):], pid)
	info[len(info)-1] = 1 // number of the block
	okm := hmac(&m.prk, info[:])
	key.set(&okm)
	clear(okm[:])
}

const shaBlock = 64

// hmac is HMAC-SHA256 (RFC 2104) of at most 64 bytes. The packages for it make
// objects on the heap, and this runs for every forged frame.
func hmac(key *[keySize]byte, msg []byte) [keySize]byte {
	var in [2 * shaBlock]byte
	var out [shaBlock + keySize]byte
	for i := range shaBlock {
		in[i], out[i] = 0x36, 0x5c
	}
	for i, k := range key {
		in[i] ^= k
		out[i] ^= k
	}
	if copy(in[shaBlock:], msg) < len(msg) {
		panic("secure: too long for this HMAC")
	}
	inner := sum256(in[:shaBlock+len(msg)])
	copy(out[shaBlock:], inner[:])
	mac := sum256(out[:])
	clear(in[:])
	clear(out[:])
	return mac
}

func leUint64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
