/*
 * The primitives that vlp.h leaves to its caller, for the tests: ChaCha20-Poly1305
 * (RFC 8439) and HMAC-SHA256 (RFC 2104, FIPS 180-4), short and slow. Poly1305
 * counts in limbs of 8 bits, which no compiler can get wrong by word size or
 * byte order. For a product take a library that was written for it.
 */
#ifndef TEST_CRYPTO_H
#define TEST_CRYPTO_H

#include <stddef.h>
#include <stdint.h>

#if __STDC_HOSTED__
#include <string.h>
#else
void *memset(void *to, int value, size_t n);
void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
int memcmp(const void *a, const void *b, size_t n);
#endif

static uint32_t load32(const uint8_t *p) {
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void store32(uint8_t *p, uint32_t v) {
	for (int i = 0; i < 4; i++) p[i] = (uint8_t)(v >> 8 * i);
}

static uint32_t left(uint32_t v, int n) { return v << n | v >> (32 - n); }
static uint32_t right(uint32_t v, int n) { return v >> n | v << (32 - n); }

static void quarter(uint32_t *s, int a, int b, int c, int d) {
	s[a] += s[b], s[d] = left(s[d] ^ s[a], 16);
	s[c] += s[d], s[b] = left(s[b] ^ s[c], 12);
	s[a] += s[b], s[d] = left(s[d] ^ s[a], 8);
	s[c] += s[d], s[b] = left(s[b] ^ s[c], 7);
}

// chacha writes the first n bytes of a block of key stream, RFC 8439, 2.3.
static void chacha(uint8_t *out, size_t n, const uint8_t *key, uint32_t block, const uint8_t *nonce) {
	uint32_t s[16] = { 0x61707865, 0x3320646E, 0x79622D32, 0x6B206574 }, t[16];
	uint8_t bytes[64];
	for (int i = 0; i < 8; i++) s[4 + i] = load32(key + 4 * i);
	s[12] = block;
	for (int i = 0; i < 3; i++) s[13 + i] = load32(nonce + 4 * i);
	memcpy(t, s, sizeof t);
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 4; i++) quarter(t, i, 4 + i, 8 + i, 12 + i);
		for (int i = 0; i < 4; i++) quarter(t, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
	}
	for (int i = 0; i < 16; i++) store32(bytes + 4 * i, t[i] + s[i]);
	memcpy(out, bytes, n);
}

// fold carries, and brings what stands above 130 bits down again, times 5.
static void fold(uint32_t *h) {
	for (int round = 0; round < 2; round++) {
		uint32_t carry = 0;
		for (int i = 0; i < 17; i++) carry += h[i], h[i] = carry & 255, carry >>= 8;
		carry = carry << 6 | h[16] >> 2;
		h[16] &= 3;
		h[0] += 5 * carry;
	}
	for (int i = 0; i < 16; i++) h[i + 1] += h[i] >> 8, h[i] &= 255;
}

// block adds up to 16 bytes, zero-padded, and multiplies by r modulo 2^130-5.
static void block(uint32_t *h, const uint32_t *r, const uint8_t *p, size_t n) {
	uint32_t m[17] = { 0 };
	for (size_t i = 0; i < n; i++) h[i] += p[i];
	h[16] += 1;
	for (int i = 0; i < 17; i++) {
		for (int j = 0; j < 17; j++) {
			if (i + j < 17) m[i + j] += h[i] * r[j];
			else m[i + j - 17] += h[i] * r[j] * 320; // 2^136 = 64 * 5
		}
	}
	memcpy(h, m, sizeof m);
	fold(h);
}

// finish reduces completely and adds s.
static void finish(uint32_t *h, const uint8_t *s, uint8_t *tag) {
	uint32_t g[17], carry = 5;
	for (int i = 0; i < 17; i++) carry += h[i], g[i] = carry & 255, carry >>= 8;
	if (g[16] & 4) memcpy(h, g, sizeof g);
	carry = 0;
	for (int i = 0; i < 16; i++) carry += h[i] + s[i], tag[i] = (uint8_t)carry, carry >>= 8;
}

// test_seal is a vlp_seal_fn. *user, if there is one, is a number of calls after which it fails, half done.
static inline int test_seal(void *user, const uint8_t key[32], const uint8_t nonce[12], const uint8_t *ad, size_t ad_size, uint8_t text[32],
		     uint8_t tag[16]) {
	uint8_t once[32], stream[32], sizes[16] = { 0 };
	uint32_t h[17] = { 0 }, r[17] = { 0 };
	if (user != NULL && (*(int *)user)-- == 0) {
		text[0] ^= 1;
		return -1;
	}
	chacha(once, 32, key, 0, nonce);
	chacha(stream, 32, key, 1, nonce);
	for (int i = 0; i < 32; i++) text[i] ^= stream[i];
	for (int i = 0; i < 16; i++) r[i] = once[i] & (i % 4 == 3 ? 15u : i % 4 == 0 && i > 0 ? 252u : 255u);
	if (ad_size > 0) {
		uint8_t padded[16] = { 0 };
		memcpy(padded, ad, ad_size);
		block(h, r, padded, 16);
	}
	block(h, r, text, 16);
	block(h, r, text + 16, 16);
	sizes[0] = (uint8_t)ad_size, sizes[8] = 32;
	block(h, r, sizes, 16);
	finish(h, once + 16, tag);
	return 0;
}

static const uint32_t sha_k[64] = {
	0x428A2F98, 0x71374491, 0xB5C0FBCF, 0xE9B5DBA5, 0x3956C25B, 0x59F111F1, 0x923F82A4, 0xAB1C5ED5, 0xD807AA98, 0x12835B01, 0x243185BE,
	0x550C7DC3, 0x72BE5D74, 0x80DEB1FE, 0x9BDC06A7, 0xC19BF174, 0xE49B69C1, 0xEFBE4786, 0x0FC19DC6, 0x240CA1CC, 0x2DE92C6F, 0x4A7484AA,
	0x5CB0A9DC, 0x76F988DA, 0x983E5152, 0xA831C66D, 0xB00327C8, 0xBF597FC7, 0xC6E00BF3, 0xD5A79147, 0x06CA6351, 0x14292967, 0x27B70A85,
	0x2E1B2138, 0x4D2C6DFC, 0x53380D13, 0x650A7354, 0x766A0ABB, 0x81C2C92E, 0x92722C85, 0xA2BFE8A1, 0xA81A664B, 0xC24B8B70, 0xC76C51A3,
	0xD192E819, 0xD6990624, 0xF40E3585, 0x106AA070, 0x19A4C116, 0x1E376C08, 0x2748774C, 0x34B0BCB5, 0x391C0CB3, 0x4ED8AA4A, 0x5B9CCA4F,
	0x682E6FF3, 0x748F82EE, 0x78A5636F, 0x84C87814, 0x8CC70208, 0x90BEFFFA, 0xA4506CEB, 0xBEF9A3F7, 0xC67178F2,
};

static void sha_block(uint32_t *h, const uint8_t *p) {
	uint32_t w[64], v[8];
	for (int i = 0; i < 16; i++) w[i] = (uint32_t)p[4 * i] << 24 | (uint32_t)p[4 * i + 1] << 16 | (uint32_t)p[4 * i + 2] << 8 | p[4 * i + 3];
	for (int i = 16; i < 64; i++) {
		uint32_t a = w[i - 15], b = w[i - 2];
		w[i] = w[i - 16] + (right(a, 7) ^ right(a, 18) ^ a >> 3) + w[i - 7] + (right(b, 17) ^ right(b, 19) ^ b >> 10);
	}
	memcpy(v, h, sizeof v);
	for (int i = 0; i < 64; i++) {
		uint32_t e = v[4], a = v[0];
		uint32_t one = v[7] + (right(e, 6) ^ right(e, 11) ^ right(e, 25)) + ((e & v[5]) ^ (~e & v[6])) + sha_k[i] + w[i];
		uint32_t two = (right(a, 2) ^ right(a, 13) ^ right(a, 22)) + ((a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]));
		memmove(v + 1, v, 7 * sizeof *v);
		v[4] += one;
		v[0] = one + two;
	}
	for (int i = 0; i < 8; i++) h[i] += v[i];
}

// sha256 of a message that fits two blocks.
static void sha256(const uint8_t *p, size_t n, uint8_t *out) {
	uint32_t h[8] = { 0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A, 0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19 };
	uint8_t b[128] = { 0 };
	size_t end = n > 55 ? 128 : 64;
	memcpy(b, p, n);
	b[n] = 0x80;
	b[end - 2] = (uint8_t)(n * 8 >> 8), b[end - 1] = (uint8_t)(n * 8);
	for (size_t at = 0; at < end; at += 64) sha_block(h, b + at);
	for (int i = 0; i < 32; i++) out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

// test_hmac is a vlp_hmac_fn, for messages up to 48 bytes.
static inline void test_hmac(void *user, const uint8_t key[32], const uint8_t *message, size_t size, uint8_t mac[32]) {
	uint8_t in[64 + 48], out[64 + 32];
	(void)user;
	for (int i = 0; i < 64; i++) in[i] = (uint8_t)((i < 32 ? key[i] : 0) ^ 0x36), out[i] = in[i] ^ 0x36 ^ 0x5C;
	memcpy(in + 64, message, size);
	sha256(in, 64 + size, out + 64);
	sha256(out, sizeof out, mac);
}

#endif
