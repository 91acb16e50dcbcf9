/* A stub: see ../../README.md. */
#ifndef STUB_HWINFO_H
#define STUB_HWINFO_H
#include <stdint.h>
int hwinfo_get_reset_cause(uint32_t *cause);
int hwinfo_clear_reset_cause(void);
#endif
