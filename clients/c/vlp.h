/*
 * vlp.h: heartbeats for vlpd from a microcontroller. VLP version 2.
 *
 *	static vlp_agent agent;
 *	static vlp_clock clock;
 *	uint8_t frame[VLP_SIZE];
 *
 *	vlp_start(&agent, 42u);                          once, with the device's id
 *	if (vlp_beat(&agent, VLP_OK, 0u, vlp_ms(&clock, millis), frame) == VLP_FINE) {
 *		send(frame, VLP_SIZE);                   once a second, say
 *	}
 *
 * C99, and C++ from 2011. It needs stdint.h and stddef.h, no library and no
 * memory but what the caller hands in. Integers are written byte by byte, so
 * that neither byte order nor alignment matters. Nothing here blocks, loops
 * without bound, recurses or keeps state of its own: a context belongs to one
 * thread of execution, main loop, task or interrupt, at a time.
 *
 * All functions are static inline, on purpose: what is not called is not in
 * the firmware, constants fold, no macro has to be remembered in just one file,
 * and an Arduino sketch or a Zephyr module needs this one file and no build
 * rule. Call it from one file of your own if several have to beat.
 *
 * Define before including, all of them optional:
 *
 *	VLP_CRC_TABLE 0|16|256   entries in the CRC's table: 0, none, is smallest and
 *	                         slowest; they take 64 or 1024 bytes
 *	VLP_CRC32C(p, n)         the CRC-32C of n bytes at p, by your own function or
 *	                         hardware, complete: "123456789" gives E3069283
 *	VLP_TABLE_IN, VLP_TABLE_GET(p)
 *	                         where the table lies and how it is read, for AVR:
 *	                         PROGMEM and pgm_read_dword(p)
 *	VLP_NONCE_32             a nonce of 32 bits in the context; after 2^32-1 it
 *	                         begins again at 1, which is a new session
 *	VLP_DECODE               vlp_decode, for gateways and tests
 *	VLP_SEALED               sealed frames, with a ChaCha20-Poly1305 of yours
 *	VLP_KDF                  an agent's key, a session's prefix, with an HMAC of yours
 *
 * The frame, integers little-endian:
 *
 *	 0     2  3  4      8           16          24       28     32
 *	+-----+--+--+------+-----------+-----------+--------+------+
 *	| V A | 2|st|  id  | timestamp |   nonce   | payload|  crc |
 *	+-----+--+--+------+-----------+-----------+--------+------+
 */
#ifndef VLP_H
#define VLP_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef VLP_CRC_TABLE
#define VLP_CRC_TABLE 0
#endif
#ifndef VLP_TABLE_IN
#define VLP_TABLE_IN
#endif
#ifndef VLP_TABLE_GET
#define VLP_TABLE_GET(p) (*(p))
#endif

#define VLP_SIZE 32u     /* bytes in a frame */
#define VLP_CRC_AT 28u   /* where its checksum stands: that of all bytes before */
#define VLP_VERSION 2u
#define VLP_MAX32 0xFFFFFFFFu /* old C++ headers lack UINT32_MAX */
#define VLP_FIRST_ID 2u  /* ids 0 and 1 are nobody's */
#define VLP_TERMINAL 0xFFFFFFFFFFFFFFFFULL /* nonce of a last frame, critical only; as a timestamp it is illegal */

/* What an agent says about itself. The observer calls a silent one stalled; no frame may. */
typedef enum vlp_status {
	VLP_OK = 0,
	VLP_DEGRADED = 1,
	VLP_CRITICAL = 2,
	VLP_STALL = 3
} vlp_status;

/*
 * What became of a call. 1 to 8 are the rules that a frame can break, in the
 * order in which they are judged. Where it is not VLP_FINE nothing was written
 * and no context has changed, but for VLP_SEAL_FAILED, see there.
 */
typedef enum vlp_result {
	VLP_FINE = 0,
	VLP_BAD_MAGIC = 1,
	VLP_BAD_VERSION = 2,
	VLP_BAD_CRC = 3,
	VLP_BAD_STATUS = 4,
	VLP_STALL_ON_WIRE = 5,
	VLP_BAD_ID = 6,
	VLP_BAD_TIMESTAMP = 7,
	VLP_BAD_NONCE = 8,
	VLP_BAD_FORM = 16,  /* neither of the two sealed forms, or no function or no key given */
	VLP_BAD_PREFIX = 17, /* eight equal bytes, as if the source of randomness did not run; or the one in use */
	VLP_USED_UP = 18,    /* 2^32-1 frames under one prefix: vlp_renew with another */
	VLP_SEAL_FAILED = 19 /* the callback said so: the frame is lost, its nonces are spent, *out is wiped */
} vlp_result;

/* A frame as values. */
typedef struct vlp_frame {
	uint64_t timestamp; /* ns since the start, by the device's own clock */
	uint64_t nonce;     /* rises by 1 with every frame */
	uint32_t id;        /* of the device on its line; the wire's name for it is pid */
	uint32_t payload;   /* the device's own */
	uint8_t status;     /* a vlp_status */
} vlp_frame;

#ifdef VLP_NONCE_32
typedef uint32_t vlp_nonce;
#else
typedef uint64_t vlp_nonce;
#endif

/* What is known of the last frame. Zeroed memory is an agent that was not started. */
typedef struct vlp_agent {
	uint64_t timestamp;
	vlp_nonce nonce; /* 0: none yet */
	uint32_t id;
} vlp_agent;

/* A clock of milliseconds in 32 bits, made one of nanoseconds. Starts zeroed. */
typedef struct vlp_clock {
	uint64_t ns;
	uint32_t ms;
} vlp_clock;

/* ---- bytes and the checksum */

static inline void vlp_put32(uint8_t *p, uint32_t v) {
	p[0] = (uint8_t)(v & 0xFFu);
	p[1] = (uint8_t)((v >> 8) & 0xFFu);
	p[2] = (uint8_t)((v >> 16) & 0xFFu);
	p[3] = (uint8_t)((v >> 24) & 0xFFu);
}

static inline void vlp_put64(uint8_t *p, uint64_t v) {
	vlp_put32(p, (uint32_t)(v & VLP_MAX32));
	vlp_put32(&p[4], (uint32_t)(v >> 32));
}

static inline void vlp_copy(uint8_t *to, const uint8_t *from, size_t n) {
	for (size_t i = 0u; i < n; i++) {
		to[i] = from[i];
	}
}

#ifdef VLP_CRC32C

static inline uint32_t vlp_crc32c(const uint8_t *p, size_t n) {
	return VLP_CRC32C(p, n);
}

#else

#define VLP_POLY 0x82F63B78u /* Castagnoli's, reflected */

#if VLP_CRC_TABLE == 0

static inline uint32_t vlp_crc_step(uint32_t crc, uint8_t byte) {
	uint32_t c = crc ^ byte;
	for (uint8_t bit = 0u; bit < 8u; bit++) {
		c = ((c & 1u) != 0u) ? ((c >> 1) ^ VLP_POLY) : (c >> 1);
	}
	return c;
}

#elif VLP_CRC_TABLE == 16

/* A CRC is linear: an entry is the sum of those of its bits. */
#define VLP_T(i, bit, crc) ((((i) & (bit)) != 0u) ? (crc) : 0u)
#define VLP_T1(i) \
	(VLP_T(i, 1u, 0x105EC76Fu) ^ VLP_T(i, 2u, 0x20BD8EDEu) ^ VLP_T(i, 4u, 0x417B1DBCu) ^ VLP_T(i, 8u, VLP_POLY))
#define VLP_T4(i) VLP_T1(i), VLP_T1((i) + 1u), VLP_T1((i) + 2u), VLP_T1((i) + 3u)

static const uint32_t vlp_crc_table[16] VLP_TABLE_IN = { VLP_T4(0u), VLP_T4(4u), VLP_T4(8u), VLP_T4(12u) };

static inline uint32_t vlp_crc_step(uint32_t crc, uint8_t byte) {
	uint32_t c = crc ^ byte;
	c = (c >> 4) ^ VLP_TABLE_GET(&vlp_crc_table[c & 15u]);
	return (c >> 4) ^ VLP_TABLE_GET(&vlp_crc_table[c & 15u]);
}

#elif VLP_CRC_TABLE == 256

#define VLP_T(i, bit, crc) ((((i) & (bit)) != 0u) ? (crc) : 0u)
#define VLP_T1(i) \
	(VLP_T(i, 1u, 0xF26B8303u) ^ VLP_T(i, 2u, 0xE13B70F7u) ^ VLP_T(i, 4u, 0xC79A971Fu) ^ VLP_T(i, 8u, 0x8AD958CFu) ^ \
	 VLP_T(i, 16u, 0x105EC76Fu) ^ VLP_T(i, 32u, 0x20BD8EDEu) ^ VLP_T(i, 64u, 0x417B1DBCu) ^ VLP_T(i, 128u, VLP_POLY))
#define VLP_T4(i) VLP_T1(i), VLP_T1((i) + 1u), VLP_T1((i) + 2u), VLP_T1((i) + 3u)
#define VLP_T16(i) VLP_T4(i), VLP_T4((i) + 4u), VLP_T4((i) + 8u), VLP_T4((i) + 12u)
#define VLP_T64(i) VLP_T16(i), VLP_T16((i) + 16u), VLP_T16((i) + 32u), VLP_T16((i) + 48u)

static const uint32_t vlp_crc_table[256] VLP_TABLE_IN = { VLP_T64(0u), VLP_T64(64u), VLP_T64(128u), VLP_T64(192u) };

static inline uint32_t vlp_crc_step(uint32_t crc, uint8_t byte) {
	return (crc >> 8) ^ VLP_TABLE_GET(&vlp_crc_table[(crc ^ byte) & 0xFFu]);
}

#else
#error "VLP_CRC_TABLE must be 0, 16 or 256"
#endif

static inline uint32_t vlp_crc32c(const uint8_t *p, size_t n) {
	uint32_t crc = VLP_MAX32;
	for (size_t i = 0u; i < n; i++) {
		crc = vlp_crc_step(crc, p[i]);
	}
	return crc ^ VLP_MAX32;
}

#endif /* VLP_CRC32C */

/* ---- frames */

/* The rules that values can break, in their order. */
static inline vlp_result vlp_judge(const vlp_frame *f) {
	if (f->status > (uint8_t)VLP_STALL) {
		return VLP_BAD_STATUS;
	}
	if (f->status == (uint8_t)VLP_STALL) {
		return VLP_STALL_ON_WIRE;
	}
	if (f->id < VLP_FIRST_ID) {
		return VLP_BAD_ID;
	}
	if (f->timestamp == VLP_TERMINAL) {
		return VLP_BAD_TIMESTAMP;
	}
	if ((f->nonce == VLP_TERMINAL) && (f->status != (uint8_t)VLP_CRITICAL)) {
		return VLP_BAD_NONCE;
	}
	return VLP_FINE;
}

/* Writes the frame, if it is legal. Agents need vlp_beat, which counts the nonce. */
static inline vlp_result vlp_encode(const vlp_frame *f, uint8_t out[VLP_SIZE]) {
	vlp_result r = vlp_judge(f);
	if (r == VLP_FINE) {
		out[0] = 0x56u; /* V */
		out[1] = 0x41u; /* A */
		out[2] = VLP_VERSION;
		out[3] = f->status;
		vlp_put32(&out[4], f->id);
		vlp_put64(&out[8], f->timestamp);
		vlp_put64(&out[16], f->nonce);
		vlp_put32(&out[24], f->payload);
		vlp_put32(&out[VLP_CRC_AT], vlp_crc32c(out, VLP_CRC_AT));
	}
	return r;
}

#ifdef VLP_DECODE

static inline uint32_t vlp_get32(const uint8_t *p) {
	return (uint32_t)p[0] | ((uint32_t)p[1] << 8) | ((uint32_t)p[2] << 16) | ((uint32_t)p[3] << 24);
}

static inline uint64_t vlp_get64(const uint8_t *p) {
	return (uint64_t)vlp_get32(p) | ((uint64_t)vlp_get32(&p[4]) << 32);
}

/* Judges 32 bytes and returns the first rule that they break. *f is written only if there is none. */
static inline vlp_result vlp_decode(const uint8_t in[VLP_SIZE], vlp_frame *f) {
	vlp_frame g;
	vlp_result r;
	if ((in[0] != 0x56u) || (in[1] != 0x41u)) {
		return VLP_BAD_MAGIC;
	}
	if (in[2] != VLP_VERSION) {
		return VLP_BAD_VERSION;
	}
	if (vlp_crc32c(in, VLP_CRC_AT) != vlp_get32(&in[VLP_CRC_AT])) {
		return VLP_BAD_CRC;
	}
	g.status = in[3];
	g.id = vlp_get32(&in[4]);
	g.timestamp = vlp_get64(&in[8]);
	g.nonce = vlp_get64(&in[16]);
	g.payload = vlp_get32(&in[24]);
	r = vlp_judge(&g);
	if (r == VLP_FINE) { /* one by one: for a whole struct some compilers call memcpy */
		f->timestamp = g.timestamp;
		f->nonce = g.nonce;
		f->id = g.id;
		f->payload = g.payload;
		f->status = g.status;
	}
	return r;
}

#endif /* VLP_DECODE */

/* ---- an agent */

/*
 * Makes *a an agent that has not beaten yet. Its first beat has nonce 1, by
 * which the observer sees that the device has started again: put what differs
 * from start to start, a count of boots or the cause of the reset, into the
 * payload of that beat, or a device that starts again and again and comes no
 * further than its first beat sends copies of one frame, which count once.
 */
static inline vlp_result vlp_start(vlp_agent *a, uint32_t id) {
	a->timestamp = 0u;
	a->nonce = 0u;
	a->id = id;
	return (id < VLP_FIRST_ID) ? VLP_BAD_ID : VLP_FINE;
}

/*
 * Nanoseconds from a counter of milliseconds that may overflow, as HAL_GetTick,
 * k_uptime_get_32 and millis() do after 49 days. It may begin anywhere, and must
 * be asked at least once in 24 days; while it falls back the time stands still.
 * No 64-bit multiplication: on small cores that is a library's.
 */
static inline uint64_t vlp_ms(vlp_clock *c, uint32_t ms) {
	uint32_t d = ms - c->ms;
	if ((d <= 0x7FFFFFFFu) || (c->ns == 0u)) {
		uint32_t low = (d & 0xFFFFu) * 15625u; /* 1000000 = 15625 * 64; a product fits 30 bits */
		uint32_t high = (d >> 16) * 15625u;
		c->ns += (((uint64_t)high << 16) + low) << 6;
		c->ms = ms;
	}
	return c->ns;
}

/* A timestamp never falls, and is never the illegal one. */
static inline uint64_t vlp_stamp(const vlp_agent *a, uint64_t now_ns) {
	uint64_t t = (now_ns < a->timestamp) ? a->timestamp : now_ns;
	if (t == VLP_TERMINAL) {
		t--;
	}
	return t;
}

/* The nonce after the last: from 2^64-2 it wraps to 0, and 2^64-1 is left to a last frame. */
static inline vlp_nonce vlp_next(const vlp_agent *a) {
#ifdef VLP_NONCE_32
	return (a->nonce == VLP_MAX32) ? 1u : (a->nonce + 1u);
#else
	return (a->nonce >= (VLP_TERMINAL - 1u)) ? 0u : (a->nonce + 1u);
#endif
}

/*
 * The next beat, in out. The nonce counts when a frame is made: one that is
 * then not sent leaves a gap, which the observer counts as a beat that never
 * came. Whoever can tell that a frame was not sent may copy the agent before,
 * and put it back. Never do that with a vlp_sealer.
 */
static inline vlp_result vlp_beat(vlp_agent *a, uint8_t status, uint32_t payload, uint64_t now_ns, uint8_t out[VLP_SIZE]) {
	vlp_frame f;
	vlp_result r;
	f.timestamp = vlp_stamp(a, now_ns);
	f.nonce = vlp_next(a);
	f.id = a->id;
	f.payload = payload;
	f.status = status;
	r = vlp_encode(&f, out);
	if (r == VLP_FINE) {
		a->timestamp = f.timestamp;
#ifdef VLP_NONCE_32
		a->nonce = (uint32_t)f.nonce;
#else
		a->nonce = f.nonce;
#endif
	}
	return r;
}

/*
 * A last frame, for a fault handler: critical, nonce 2^64-1. It only reads the
 * agent. Without a clock that can still be asked, now_ns is 0 and the time of
 * the last beat is used.
 */
static inline vlp_result vlp_panic(const vlp_agent *a, uint32_t payload, uint64_t now_ns, uint8_t out[VLP_SIZE]) {
	vlp_frame f;
	f.timestamp = vlp_stamp(a, now_ns);
	f.nonce = VLP_TERMINAL;
	f.id = a->id;
	f.payload = payload;
	f.status = (uint8_t)VLP_CRITICAL;
	return vlp_encode(&f, out);
}

/* ---- sealed frames: ChaCha20-Poly1305, RFC 8439 */

#ifdef VLP_SEALED

#define VLP_KEY_SIZE 32u
#define VLP_PREFIX_SIZE 8u
#define VLP_TAG_SIZE 16u
#define VLP_LEAD_SIZE 4u    /* what a sealed frame is led by on a serial line, not in a datagram */
#define VLP_SEALED_MAX 68u  /* the longer form with its lead */

/*
 * The forms, by their length. Under a shared key:
 *
 *	prefix 8, counter 4, ciphertext 32, tag 16
 *
 * Under an agent's key, derived from a master key and the id, with the id in
 * front as additional data:
 *
 *	id 4, prefix 8, counter 4, ciphertext 32, tag 16
 */
#define VLP_SHARED 60u
#define VLP_MASTER 64u

/*
 * Encrypts text in place and writes the tag; returns 0, or anything else if it
 * could not. user is handed through.
 */
typedef int (*vlp_seal_fn)(void *user, const uint8_t key[VLP_KEY_SIZE], const uint8_t nonce[12], const uint8_t *ad, size_t ad_size,
			   uint8_t text[VLP_SIZE], uint8_t tag[VLP_TAG_SIZE]);

/*
 * Keeps the nonces of one key: prefix and counter. A nonce that is used twice
 * gives the key stream, and with it forgeries, to whoever listens. Therefore
 *
 *	- the counter moves on before the callback is called, whatever becomes of
 *	  the frame: a gap in it means nothing to the observer;
 *	- never copy a sealer, put an old one back, or keep it over a reset;
 *	- each start, and each sealer, has a prefix that the key has never seen
 *	  before: eight random bytes of a hardware generator, or where there is
 *	  none the device's id and a count of its starts in memory that lasts,
 *	  written before the first frame;
 *	- an interrupt or a fault handler that sends has a sealer of its own.
 */
typedef struct vlp_sealer {
	vlp_seal_fn seal;
	void *user;
	const uint8_t *key; /* the caller's; it must stay */
	uint32_t counter;   /* of the next frame; 2^32-1: used up */
	uint8_t prefix[VLP_PREFIX_SIZE];
	uint8_t form;
} vlp_sealer;

/* Whether two prefixes are the same. */
static inline int vlp_same(const uint8_t a[VLP_PREFIX_SIZE], const uint8_t b[VLP_PREFIX_SIZE]) {
	uint32_t differ = 0u;
	for (size_t i = 0u; i < VLP_PREFIX_SIZE; i++) {
		differ |= (uint32_t)a[i] ^ (uint32_t)b[i];
	}
	return (differ == 0u) ? 1 : 0;
}

/* Whether a source of randomness that does not run could have given this. */
static inline int vlp_dull(const uint8_t prefix[VLP_PREFIX_SIZE]) {
	uint32_t differ = 0u;
	for (size_t i = 1u; i < VLP_PREFIX_SIZE; i++) {
		differ |= (uint32_t)prefix[i] ^ (uint32_t)prefix[0];
	}
	return (differ == 0u) ? 1 : 0;
}

/* Begins a session: form is VLP_SHARED or VLP_MASTER. */
static inline vlp_result vlp_sealer_start(vlp_sealer *s, uint8_t form, vlp_seal_fn seal, void *user, const uint8_t key[VLP_KEY_SIZE],
					  const uint8_t prefix[VLP_PREFIX_SIZE]) {
	s->form = 0u; /* seals nothing unless all is well */
	if (((form != VLP_SHARED) && (form != VLP_MASTER)) || (seal == NULL) || (key == NULL)) {
		return VLP_BAD_FORM;
	}
	if (vlp_dull(prefix) != 0) {
		return VLP_BAD_PREFIX;
	}
	s->seal = seal;
	s->user = user;
	s->key = key;
	s->counter = 0u;
	vlp_copy(s->prefix, prefix, VLP_PREFIX_SIZE);
	s->form = form;
	return VLP_FINE;
}

/* Goes on with another prefix: after VLP_USED_UP, or earlier. */
static inline vlp_result vlp_renew(vlp_sealer *s, const uint8_t prefix[VLP_PREFIX_SIZE]) {
	if ((vlp_same(prefix, s->prefix) != 0) || (vlp_dull(prefix) != 0)) {
		return VLP_BAD_PREFIX;
	}
	vlp_copy(s->prefix, prefix, VLP_PREFIX_SIZE);
	s->counter = 0u;
	return VLP_FINE;
}

/* Whether a frame can be sealed at all. */
static inline vlp_result vlp_can_seal(const vlp_sealer *s) {
	if (s->form == 0u) {
		return VLP_BAD_FORM;
	}
	return (s->counter == VLP_MAX32) ? VLP_USED_UP : VLP_FINE;
}

/* Seals a legal frame of the agent; out must have it where the ciphertext will be. */
static inline vlp_result vlp_seal_in(vlp_sealer *s, uint32_t id, uint8_t out[VLP_SEALED_MAX]) {
	size_t ad_size = (size_t)s->form - VLP_SHARED;
	uint8_t *nonce = &out[VLP_LEAD_SIZE + ad_size];
	uint8_t *text = &nonce[12];
	uint32_t counter = s->counter;
	s->counter = counter + 1u;
	out[0] = 0x56u; /* V */
	out[1] = 0x41u; /* A */
	out[2] = VLP_VERSION | 0x80u;
	out[3] = s->form;
	if (ad_size != 0u) {
		vlp_put32(&out[VLP_LEAD_SIZE], id);
	}
	vlp_copy(nonce, s->prefix, VLP_PREFIX_SIZE);
	vlp_put32(&nonce[VLP_PREFIX_SIZE], counter);
	if (s->seal(s->user, s->key, nonce, &out[VLP_LEAD_SIZE], ad_size, text, &text[VLP_SIZE]) != 0) {
		for (size_t i = 0u; i < VLP_SEALED_MAX; i++) { /* the text may still be plain */
			out[i] = 0u;
		}
		return VLP_SEAL_FAILED;
	}
	return VLP_FINE;
}

/* The bytes of a sealed frame in out, the lead included. */
static inline size_t vlp_sealed_size(const vlp_sealer *s) {
	return (size_t)s->form + VLP_LEAD_SIZE;
}

/*
 * vlp_beat, sealed. A serial line takes vlp_sealed_size bytes of out; a datagram
 * has no lead, and so begins VLP_LEAD_SIZE bytes later.
 */
static inline vlp_result vlp_sealed_beat(vlp_agent *a, vlp_sealer *s, uint8_t status, uint32_t payload, uint64_t now_ns,
					 uint8_t out[VLP_SEALED_MAX]) {
	vlp_result r = vlp_can_seal(s);
	if (r == VLP_FINE) {
		r = vlp_beat(a, status, payload, now_ns, &out[vlp_sealed_size(s) - (VLP_SIZE + VLP_TAG_SIZE)]);
	}
	return (r == VLP_FINE) ? vlp_seal_in(s, a->id, out) : r;
}

/* vlp_panic, sealed. The fault may have struck inside vlp_sealed_beat: s is a sealer of the handler's own. */
static inline vlp_result vlp_sealed_panic(const vlp_agent *a, vlp_sealer *s, uint32_t payload, uint64_t now_ns,
					  uint8_t out[VLP_SEALED_MAX]) {
	vlp_result r = vlp_can_seal(s);
	if (r == VLP_FINE) {
		r = vlp_panic(a, payload, now_ns, &out[vlp_sealed_size(s) - (VLP_SIZE + VLP_TAG_SIZE)]);
	}
	return (r == VLP_FINE) ? vlp_seal_in(s, a->id, out) : r;
}

#endif /* VLP_SEALED */

/* ---- keys and prefixes: HKDF-SHA256, RFC 5869, without a salt */

#ifdef VLP_KDF

#define VLP_INFO_MAX 24u /* the longest word with its zero, a number, and the number of the block */

/* HMAC-SHA256 of size bytes at message, which may lie in front of mac. */
typedef void (*vlp_hmac_fn)(void *user, const uint8_t key[32], const uint8_t *message, size_t size, uint8_t mac[32]);

/* One block, which is all that is needed: word is what it is for, its zero included. */
static inline void vlp_hkdf(vlp_hmac_fn hmac, void *user, const uint8_t *secret, size_t secret_size, const uint8_t *word, size_t word_size,
			    uint32_t number, uint8_t out[32]) {
	uint8_t info[VLP_INFO_MAX];
	uint8_t prk[32];
	for (size_t i = 0u; i < 32u; i++) {
		out[i] = 0u; /* no salt: a key of zeros */
	}
	hmac(user, out, secret, secret_size, prk);
	vlp_copy(info, word, word_size);
	vlp_put32(&info[word_size], number);
	info[word_size + 4u] = 1u;
	hmac(user, prk, info, word_size + 5u, out);
}

/*
 * The key of the agent with that id under a master key, for VLP_MASTER. Best
 * done where the device is programmed, so that the master key is in none.
 */
static inline void vlp_agent_key(vlp_hmac_fn hmac, void *user, const uint8_t master[32], uint32_t id, uint8_t key[32]) {
	static const uint8_t word[15] = { 0x76u, 0x61u, 0x72u, 0x74u, 0x61u, 0x2Du, 0x61u, 0x67u, 0x65u, 0x6Eu, 0x74u, 0x2Du, 0x76u, 0x31u,
					  0u }; /* varta-agent-v1 */
	vlp_hkdf(hmac, user, master, 32u, word, 15u, id, key);
}

/* The prefix of a session whose salt is 16 random bytes; index counts the prefixes of a session from 0. */
static inline void vlp_salt_prefix(vlp_hmac_fn hmac, void *user, const uint8_t salt[16], uint32_t index, uint8_t prefix[8]) {
	static const uint8_t word[19] = { 0x76u, 0x61u, 0x72u, 0x74u, 0x61u, 0x2Du, 0x69u, 0x76u, 0x2Du, 0x70u,
					  0x72u, 0x65u, 0x66u, 0x69u, 0x78u, 0x2Du, 0x76u, 0x31u, 0u }; /* varta-iv-prefix-v1 */
	uint8_t block[32];
	vlp_hkdf(hmac, user, salt, 16u, word, 19u, index, block);
	vlp_copy(prefix, block, 8u);
}

#endif /* VLP_KDF */

#ifdef __cplusplus
}
#endif

#endif /* VLP_H */
