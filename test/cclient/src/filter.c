// What vlp.h makes of records: each begins with a letter and has a fixed size,
// so does each answer, which begins with a vlp_result. Integers little-endian.
//
//	E status 1, id 4, timestamp 8, nonce 8, payload 4          → result 1, frame 32
//	D frame 32                                                 → result 1, status 1, id 4, timestamp 8, nonce 8, payload 4
//	B last timestamp 8, last nonce 8, id 4, status 1, payload 4, now 8 → result 1, frame 32, timestamp 8, nonce 8
//	P the same                                                 → the same, of vlp_panic
//	S the same, form 1, key 32, prefix 8, counter 4, fail 1    → result 1, 68 bytes, timestamp 8, nonce 8, counter 4
//	L the same                                                 → the same, of vlp_sealed_panic
//	M ns 8, last ms 4, ms 4                                    → 0, ns 8
//	K secret 32, number 4, what 1                              → 0, 32 bytes: agent's key, or 8 of a prefix
//
// What is not written stays 0xEE. It ends with its input.
#define VLP_DECODE
#define VLP_SEALED
#define VLP_KDF
#include <stdio.h>

#include "crypto.h"
#include "vlp.h"

static uint8_t in[128], out[128], *answer;

static uint64_t load64(const uint8_t *p) { return load32(p) | (uint64_t)load32(p + 4) << 32; }

static void store64(uint8_t *p, uint64_t v) { store32(p, (uint32_t)v), store32(p + 4, (uint32_t)(v >> 32)); }

static size_t encode(void) {
	vlp_frame f = { load64(in + 5), load64(in + 13), load32(in + 1), load32(in + 21), in[0] };
	out[0] = (uint8_t)vlp_encode(&f, answer);
	return 33;
}

static size_t decode(void) {
	vlp_frame f;
	memset(&f, 0xEE, sizeof f);
	out[0] = (uint8_t)vlp_decode(in, &f);
	answer[0] = f.status;
	store32(answer + 1, f.id);
	store64(answer + 5, f.timestamp), store64(answer + 13, f.nonce);
	store32(answer + 21, f.payload);
	return 26;
}

static vlp_agent agent_of(void) {
	vlp_agent a = { load64(in), (vlp_nonce)load64(in + 8), load32(in + 16) };
	return a;
}

static size_t agent_to(const vlp_agent *a, size_t at) {
	store64(out + at, a->timestamp), store64(out + at + 8, a->nonce);
	return at + 16;
}

static size_t beat(int last) {
	vlp_agent a = agent_of();
	uint32_t payload = load32(in + 21);
	uint64_t now = load64(in + 25);
	out[0] = (uint8_t)(last ? vlp_panic(&a, payload, now, answer) : vlp_beat(&a, in[20], payload, now, answer));
	return agent_to(&a, 33);
}

static size_t sealed(int last) {
	vlp_agent a = agent_of();
	vlp_sealer s;
	uint32_t payload = load32(in + 21);
	uint64_t now = load64(in + 25);
	int good = in[78] ? 0 : 1000;
	vlp_result r = vlp_sealer_start(&s, in[33], test_seal, &good, in + 34, in + 66);
	if (r == VLP_FINE) s.counter = load32(in + 74);
	else s.counter = 0xEEEEEEEE;
	if (r == VLP_FINE) r = last ? vlp_sealed_panic(&a, &s, payload, now, answer) : vlp_sealed_beat(&a, &s, in[20], payload, now, answer);
	out[0] = (uint8_t)r;
	size_t end = agent_to(&a, 69);
	store32(out + end, s.counter);
	return end + 4;
}

static size_t milliseconds(void) {
	vlp_clock c = { load64(in), load32(in + 8) };
	out[0] = 0;
	store64(answer, vlp_ms(&c, load32(in + 12)));
	return 9;
}

static size_t derive(void) {
	out[0] = 0;
	if (in[36]) vlp_salt_prefix(test_hmac, NULL, in, load32(in + 32), answer);
	else vlp_agent_key(test_hmac, NULL, in, load32(in + 32), answer);
	return 33;
}

static size_t size_of(int letter) {
	switch (letter) {
	case 'E': return 25;
	case 'D': return 32;
	case 'B': case 'P': return 33;
	case 'S': case 'L': return 79;
	case 'M': return 16;
	case 'K': return 37;
	default: return 0;
	}
}

static size_t answer_to(int letter) {
	switch (letter) {
	case 'E': return encode();
	case 'D': return decode();
	case 'B': case 'P': return beat(letter == 'P');
	case 'S': case 'L': return sealed(letter == 'L');
	case 'M': return milliseconds();
	default: return derive();
	}
}

// Frames are handed over at an odd address, as a DMA buffer behind a header may have.
int main(void) {
	answer = out + 1;
	for (int letter; (letter = getchar()) != EOF;) {
		size_t n = size_of(letter);
		if (n == 0 || fread(in, 1, n, stdin) != n) return 1;
		memset(out, 0xEE, sizeof out);
		n = answer_to(letter);
		if (fwrite(out, 1, n, stdout) != n) return 1;
	}
	return fflush(stdout) == 0 ? 0 : 1;
}
