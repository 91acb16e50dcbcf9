// Package secure opens sealed frames and refuses each that was seen before.
//
// A sealed frame is a plain frame of 32 bytes in ChaCha20-Poly1305 (RFC 8439):
//
//	          0        8     12                 44        60
//	          +--------+-----+------------------+---------+
//	shared    | prefix | ctr | ciphertext       | tag     |   60 bytes
//	          +--------+-----+------------------+---------+
//	      0   4       12    16                 48        64
//	      +---+--------+-----+------------------+---------+
//	master|pid| prefix | ctr | ciphertext       | tag     |   64 bytes
//	      +---+--------+-----+------------------+---------+
//
// prefix and ctr (little-endian) are the nonce. A shared key seals without
// additional data. Under a master key each agent has a key of its own, which
// HKDF-SHA256 (RFC 5869) derives from the master key and the pid; the pid in
// front is the additional data and must be the pid inside.
//
// Open tries the keys in the order of their files and stops at the first that
// fits. Every try counts, of a master key too. A frame of 64 bytes is opened
// by a master key only: no client puts a shared key into that form.
//
// # What is remembered
//
// A sender is a (key, pid). An agent takes a random prefix when it connects
// and counts ctr up, so a prefix is a session. Of each sender the highest ctr
// of 64 sessions is known exactly, and a frame must be above it; datagrams
// that overtook each other within a session are refused as well. Nothing in a
// frame tells a session that is new from one that is forgotten, so none is
// ever quite forgotten: when a sender begins its 65th, the one that it was
// heard in longest ago goes into a Bloom filter, and whatever bears a prefix
// that the filter knows is a replay. The filter has no false negatives: a
// frame that was accepted is never accepted again, as long as the memory lives.
// A frame that was held back on its way is new when it arrives; nothing in it
// says when it was sent.
//
// The price is that the filter may take a new session for an old one. Then
// the agent is refused until it connects again, which draws another prefix.
// For one session in n sessions that went into the same sixty-fourth of a
// filter of 1 MiB, the probability is
//
//	n         1000    3000   6000   12,000   25,000   50,000
//	          2e-10   6e-7   8e-5     0.5%      14%      68%
//
// A device that starts once a day for a year leaves 300; a new key begins with a
// clean slate and is the cure. Senders are spread over the sixty-fourths by
// hash, so what one of them does to the filter reaches few others, and it may do
// so only at a pace: one session in ten minutes beyond its first 64. Whoever
// starts faster than that for long is refused in between, and accepted again.
//
// A frame of a session that another has followed is told apart (Earlier), also
// when the other began under another key: keys are changed with both loaded.
//
// The table of senders is set aside at start and takes 900 bytes each, of
// which the kernel gives only what is used. When it is full a new sender takes
// the place of the one not heard for longest, if that was not heard for a day
// or its key is no longer loaded; its sessions go into the filter. Else the new
// sender is refused, and the known stay. So a device whose sender was replaced
// while it was away must connect again.
//
// Only frames that opened reach the memory. Whoever has no key can therefore
// neither fill nor thrash anything: a forged pid under a master key costs a
// derivation (four blocks of SHA-256) and a try, and leaves nothing behind.
// Whoever has a shared key can claim any pid; that is what shared keys are.
//
// # Over a restart
//
// Keep, Need, BeginSave, StepSave, SaveFilter, Saved and Restore carry the memory
// over a restart, with the counters of sessions that go on some way ahead, so
// that not every frame has to be saved; docs/decisions/0009-replay-state.md has
// the reasons.
//
// # What is not done here
//
// The memory is advanced before anyone has looked at the frame: a frame that
// authenticates and is damaged inside comes from a faulty sender, and its copy
// would only fill the log. What the frame says, and whether its nonce is
// fresh, is for packages vlp and watch. There is no forward secrecy and no
// limit to the use of a key. One goroutine owns an Opener; only Load may block.
package secure
