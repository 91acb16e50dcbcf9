/* A stub: see ../README.md. */
#ifndef STUB_KERNEL_H
#define STUB_KERNEL_H
#include <stdint.h>
int64_t k_uptime_get(void);
int32_t k_msleep(int32_t ms);
#endif
