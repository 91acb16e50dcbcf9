// All of vlp.h in use, to see what it asks of a library: nothing.
#define VLP_SEALED
#define VLP_KDF
#define VLP_DECODE
#include "vlp.h"

vlp_result use_start(vlp_agent *a, vlp_sealer *s, vlp_seal_fn seal, const uint8_t *key, const uint8_t *prefix) {
	(void)vlp_start(a, 42u);
	return vlp_sealer_start(s, VLP_MASTER, seal, NULL, key, prefix);
}
vlp_result use_renew(vlp_sealer *s, const uint8_t *prefix) { return vlp_renew(s, prefix); }
vlp_result use_sealed(vlp_agent *a, vlp_sealer *s, vlp_clock *c, uint32_t ms, uint8_t *out) {
	return vlp_sealed_beat(a, s, VLP_OK, 0u, vlp_ms(c, ms), out);
}
vlp_result use_sealed_panic(const vlp_agent *a, vlp_sealer *s, uint8_t *out) { return vlp_sealed_panic(a, s, 0u, 0u, out); }
vlp_result use_beat(vlp_agent *a, vlp_clock *c, uint32_t ms, uint8_t *out) { return vlp_beat(a, VLP_OK, 0u, vlp_ms(c, ms), out); }
vlp_result use_panic(const vlp_agent *a, uint8_t *out) { return vlp_panic(a, 0u, 0u, out); }
vlp_result use_decode(const uint8_t *in, vlp_frame *f) { return vlp_decode(in, f); }
void use_key(vlp_hmac_fn hmac, const uint8_t *master, uint8_t *key) { vlp_agent_key(hmac, NULL, master, 42u, key); }
void use_salt(vlp_hmac_fn hmac, const uint8_t *salt, uint8_t *prefix) { vlp_salt_prefix(hmac, NULL, salt, 1u, prefix); }
