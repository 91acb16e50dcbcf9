// The stub of a Zephyr that runs: time passes in k_msleep, characters go to
// stdout, and after three seconds the program ends.
#include <stdio.h>
#include <stdlib.h>
#include <zephyr/drivers/hwinfo.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/kernel.h>

const struct device stub_alias_vlp_uart = { "uart1" };
static int64_t now = 7;

int64_t k_uptime_get(void) { return now; }

int32_t k_msleep(int32_t ms) {
	now += ms;
	if (now > 3000) exit(0);
	return 0;
}

bool device_is_ready(const struct device *dev) { return dev == &stub_alias_vlp_uart; }
void uart_poll_out(const struct device *dev, unsigned char c) { if (device_is_ready(dev)) putchar(c); }
int hwinfo_clear_reset_cause(void) { return 0; }

int hwinfo_get_reset_cause(uint32_t *cause) {
	*cause = 4;
	return 0;
}
