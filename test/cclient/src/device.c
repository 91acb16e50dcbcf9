// A device on a serial line: what vlp.h makes goes to stdout, byte for byte,
// between the noise that is asked for. A line in, a line out on stderr.
//
//	start ID                       plain
//	start ID shared|master KEY PREFIX      sealed; both in hex, the agent's key for master
//	renew PREFIX
//	beat STATUS PAYLOAD MS         answers the vlp_result
//	panic PAYLOAD PREFIX           a last frame, if sealed by a sealer of its own
//	noise HEX
#define VLP_SEALED
#include <stdio.h>
#include <stdlib.h>

#include "crypto.h"
#include "vlp.h"

static vlp_agent agent;
static vlp_clock uptime;
static vlp_sealer sealer;
static uint8_t key[32], form;

static void hex(const char *from, uint8_t *to, size_t n) {
	char two[3] = { 0 };
	for (size_t i = 0; i < n && from[2 * i] && from[2 * i + 1]; i++) {
		memcpy(two, from + 2 * i, 2);
		to[i] = (uint8_t)strtoul(two, NULL, 16);
	}
}

static int start(const char *how, const char *secret, const char *first, const char *id) {
	uint8_t prefix[8] = { 0 };
	vlp_result r = vlp_start(&agent, (uint32_t)strtoul(id, NULL, 10));
	memset(&uptime, 0, sizeof uptime);
	form = *how ? (strcmp(how, "shared") == 0 ? VLP_SHARED : VLP_MASTER) : 0;
	if (form == 0 || r != VLP_FINE) return r;
	hex(secret, key, sizeof key);
	hex(first, prefix, sizeof prefix);
	return vlp_sealer_start(&sealer, form, test_seal, NULL, key, prefix);
}

static int put(vlp_result r, const uint8_t *frame) {
	if (r == VLP_FINE) fwrite(frame, 1, form ? vlp_sealed_size(&sealer) : VLP_SIZE, stdout);
	return r;
}

static int beat(uint8_t status, uint32_t payload, uint32_t ms) {
	uint8_t frame[VLP_SEALED_MAX];
	uint64_t now = vlp_ms(&uptime, ms);
	if (form) return put(vlp_sealed_beat(&agent, &sealer, status, payload, now, frame), frame);
	return put(vlp_beat(&agent, status, payload, now, frame), frame);
}

static int last_words(uint32_t payload, const char *first) {
	uint8_t frame[VLP_SEALED_MAX], prefix[8] = { 0 };
	vlp_sealer own;
	if (form == 0) return put(vlp_panic(&agent, payload, 0, frame), frame);
	hex(first, prefix, sizeof prefix);
	vlp_result r = vlp_sealer_start(&own, form, test_seal, NULL, key, prefix);
	return r == VLP_FINE ? put(vlp_sealed_panic(&agent, &own, payload, 0, frame), frame) : (int)r;
}

static int noise(const char *text) {
	uint8_t bytes[64];
	size_t n = strlen(text) / 2;
	hex(text, bytes, n);
	fwrite(bytes, 1, n, stdout);
	return 0;
}

static uint32_t number(const char *s) { return (uint32_t)strtoul(s, NULL, 10); }

int main(void) {
	char text[256], w[5][130];
	uint8_t prefix[8];
	while (fgets(text, sizeof text, stdin) != NULL) {
		memset(w, 0, sizeof w);
		sscanf(text, "%129s %129s %129s %129s %129s", w[0], w[1], w[2], w[3], w[4]);
		int r = 0xFF;
		if (!strcmp(w[0], "start")) r = start(w[2], w[3], w[4], w[1]);
		else if (!strcmp(w[0], "renew")) hex(w[1], prefix, 8), r = vlp_renew(&sealer, prefix);
		else if (!strcmp(w[0], "beat")) r = beat((uint8_t)number(w[1]), number(w[2]), number(w[3]));
		else if (!strcmp(w[0], "panic")) r = last_words(number(w[1]), w[2]);
		else if (!strcmp(w[0], "noise")) r = noise(w[1]);
		fflush(stdout);
		fprintf(stderr, "%d\n", r);
	}
	return 0;
}
