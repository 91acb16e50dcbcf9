// A CRC-32C of the caller's own, as a hardware unit's would be; for VLP_CRC32C.
#include <stddef.h>
#include <stdint.h>

static inline uint32_t own_crc32c(const uint8_t *p, size_t n) {
	uint32_t crc = 0xFFFFFFFFu;
	while (n-- > 0) {
		for (unsigned bit = 0; bit < 8; bit++) {
			uint32_t low = (crc ^ (uint32_t)(*p >> bit)) & 1u;
			crc = (crc >> 1) ^ (0x82F63B78u & (0u - low));
		}
		p++;
	}
	return ~crc;
}
