// The golden vectors, encoded, decoded, sealed and derived, on whatever this is
// compiled for. vectors.h is written by vectors.py; put_char and, where it is
// needed, the end are the platform's. Closes with the line "N passed, N failed".
#define VLP_DECODE
#define VLP_SEALED
#define VLP_KDF
#include "crypto.h"
#include "vlp.h"

#include "vectors.h"

#ifdef __cplusplus
extern "C"
#endif
void put_char(char c);
static uint16_t passed, failed;

static void put_text(const char *s) {
	while (*s) put_char(*s++);
}

static void put_number(uint16_t n) {
	if (n > 9) put_number(n / 10);
	put_char((char)('0' + n % 10));
}

static void check(const char *what, uint16_t at, int ok) {
	if (ok) {
		passed++;
		return;
	}
	failed++;
	put_text("FAIL ");
	put_text(what);
	put_char(' ');
	put_number(at);
	put_char('\n');
}

static int same(const void *a, const void *b, size_t n) { return memcmp(a, b, n) == 0; }

static void check_crcs(void) {
	for (uint16_t i = 0; i < sizeof crcs / sizeof *crcs; i++) check("crc", i, vlp_crc32c(crcs[i].in, crcs[i].size) == crcs[i].crc);
}

static void check_frames(void) {
	for (uint16_t i = 0; i < sizeof frames / sizeof *frames; i++) {
		const vlp_frame *want = &frames[i].frame;
		vlp_frame f;
		uint8_t out[VLP_SIZE + 1]; // at an odd address
		vlp_result r = vlp_decode(frames[i].wire, &f);
		check("decode", i, r == frames[i].result);
		if (frames[i].result != VLP_FINE) continue;
		check("fields", i, f.status == want->status && f.id == want->id && f.timestamp == want->timestamp && f.nonce == want->nonce &&
					   f.payload == want->payload);
		check("encode", i, vlp_encode(want, out + 1) == VLP_FINE && same(out + 1, frames[i].wire, VLP_SIZE));
	}
}

static void check_sealed(void) {
	for (uint16_t i = 0; i < sizeof sealed / sizeof *sealed; i++) {
		vlp_sealer s;
		vlp_agent a = { 0, 0, 0 };
		vlp_frame f;
		uint8_t out[VLP_SEALED_MAX];
		check("plain of sealed", i, vlp_decode(sealed[i].plain, &f) == VLP_FINE);
		a.id = f.id, a.nonce = (vlp_nonce)(f.nonce - 1);
		check("start", i, vlp_sealer_start(&s, sealed[i].form, test_seal, NULL, sealed[i].key, sealed[i].prefix) == VLP_FINE);
		s.counter = sealed[i].counter;
		check("seal", i, vlp_sealed_beat(&a, &s, f.status, f.payload, f.timestamp, out) == VLP_FINE &&
					 same(out + VLP_LEAD_SIZE, sealed[i].wire, sealed[i].form) && s.counter == sealed[i].counter + 1);
	}
}

static void check_keys(void) {
	for (uint16_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		uint8_t out[32];
		if (keys[i].size == 32) vlp_agent_key(test_hmac, NULL, keys[i].secret, keys[i].number, out);
		else vlp_salt_prefix(test_hmac, NULL, keys[i].secret, keys[i].number, out);
		check("key", i, same(out, keys[i].want, keys[i].size));
	}
}

// The life of an agent: the first nonces, the wrap, clocks that fall back or overflow.
static void check_agent(void) {
	vlp_agent a;
	vlp_clock c = { 0, 0 };
	vlp_frame f;
	uint8_t out[VLP_SIZE];
	check("id", 0, vlp_start(&a, 1) == VLP_BAD_ID && vlp_beat(&a, VLP_OK, 0, 0, out) == VLP_BAD_ID && a.nonce == 0);
	check("id", 2, vlp_start(&a, 2) == VLP_FINE);
	check("first", 1, vlp_beat(&a, VLP_OK, 7, 500, out) == VLP_FINE && vlp_decode(out, &f) == VLP_FINE && f.nonce == 1 && f.timestamp == 500);
	check("stall", 1, vlp_beat(&a, VLP_STALL, 0, 600, out) == VLP_STALL_ON_WIRE && a.nonce == 1 && a.timestamp == 500);
	check("clock", 1, vlp_beat(&a, VLP_DEGRADED, 0, 400, out) == VLP_FINE && vlp_decode(out, &f) == VLP_FINE && f.nonce == 2 && f.timestamp == 500);
	check("panic", 1, vlp_panic(&a, 9, 0, out) == VLP_FINE && vlp_decode(out, &f) == VLP_FINE && f.nonce == VLP_TERMINAL && f.status == VLP_CRITICAL);
	check("panic", 2, a.nonce == 2 && f.timestamp == 500 && f.payload == 9);
#ifdef VLP_NONCE_32
	a.nonce = 0xFFFFFFFEu;
	check("wrap", 1, vlp_beat(&a, VLP_OK, 0, 0, out) == VLP_FINE && a.nonce == 0xFFFFFFFFu);
	check("wrap", 2, vlp_beat(&a, VLP_OK, 0, 0, out) == VLP_FINE && a.nonce == 1);
#else
	a.nonce = VLP_TERMINAL - 2;
	check("wrap", 1, vlp_beat(&a, VLP_CRITICAL, 0, 0, out) == VLP_FINE && a.nonce == VLP_TERMINAL - 1);
	check("wrap", 2, vlp_beat(&a, VLP_CRITICAL, 0, 0, out) == VLP_FINE && a.nonce == 0);
	check("wrap", 3, vlp_beat(&a, VLP_CRITICAL, 0, 0, out) == VLP_FINE && a.nonce == 1);
#endif
	vlp_clock late = { 0, 0 };
	check("ms", 0, vlp_ms(&late, 0xFFFFFFFFu) == 0xFFFFFFFFull * 1000000u && vlp_ms(&late, 1) == 0x100000001ull * 1000000u);
	check("ms", 1, vlp_ms(&c, 0x7FFFFFFFu) == 0x7FFFFFFFull * 1000000u);
	check("ms", 2, vlp_ms(&c, 0x7FFFFFFEu) == 0x7FFFFFFFull * 1000000u);
	check("ms", 3, vlp_ms(&c, 0xFFFFFFFEu) == 0xFFFFFFFEull * 1000000u && vlp_ms(&c, 5) == 0x100000005ull * 1000000u);
}

// A sealer refuses what would repeat a nonce, and never shows what is plain.
static void check_sealer(void) {
	static const uint8_t dull[8] = { 3, 3, 3, 3, 3, 3, 3, 3 }, one[8] = { 1 }, other[8] = { 2 }, key[32] = { 4 };
	int fail = 0;
	uint8_t out[VLP_SEALED_MAX], zero[VLP_SEALED_MAX] = { 0 };
	vlp_sealer s;
	vlp_agent a;
	memset(&s, 0, sizeof s);
	vlp_start(&a, 5);
	check("sealer", 0, vlp_sealed_beat(&a, &s, VLP_OK, 0, 0, out) == VLP_BAD_FORM && a.nonce == 0);
	check("sealer", 1, vlp_sealer_start(&s, 61, test_seal, NULL, key, one) == VLP_BAD_FORM);
	check("sealer", 2, vlp_sealer_start(&s, VLP_SHARED, test_seal, NULL, key, dull) == VLP_BAD_PREFIX);
	check("sealer", 3, vlp_sealed_beat(&a, &s, VLP_OK, 0, 0, out) == VLP_BAD_FORM);
	check("sealer", 4, vlp_sealer_start(&s, VLP_SHARED, test_seal, &fail, key, one) == VLP_FINE);
	check("sealer", 5, vlp_sealed_beat(&a, &s, VLP_OK, 0, 0, out) == VLP_SEAL_FAILED && s.counter == 1 && same(out, zero, sizeof out));
	check("sealer", 6, vlp_sealed_beat(&a, &s, VLP_STALL, 0, 0, out) == VLP_STALL_ON_WIRE && s.counter == 1);
	s.counter = 0xFFFFFFFEu;
	check("sealer", 7, vlp_sealed_beat(&a, &s, VLP_OK, 0, 0, out) == VLP_FINE && out[16 - 4] == 0xFE && out[15] == 0xFF);
	check("sealer", 8, vlp_sealed_beat(&a, &s, VLP_OK, 0, 0, out) == VLP_USED_UP && vlp_sealed_panic(&a, &s, 0, 0, out) == VLP_USED_UP);
	check("sealer", 9, vlp_renew(&s, one) == VLP_BAD_PREFIX && vlp_renew(&s, dull) == VLP_BAD_PREFIX);
	check("sealer", 10, vlp_renew(&s, other) == VLP_FINE && vlp_sealed_beat(&a, &s, VLP_OK, 0, 0, out) == VLP_FINE && out[4] == 2 && out[12] == 0);
}

int main(void) {
	check_crcs();
	check_frames();
	check_sealed();
	check_keys();
	check_agent();
	check_sealer();
	put_number(passed);
	put_text(" passed, ");
	put_number(failed);
	put_text(" failed\n");
	return failed > 0;
}
