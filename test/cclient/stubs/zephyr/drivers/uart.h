/* A stub: see ../../README.md. */
#ifndef STUB_UART_H
#define STUB_UART_H
#include <zephyr/device.h>
void uart_poll_out(const struct device *dev, unsigned char c);
#endif
