// A Zephyr device that beats once a second. The UART is the alias vlp-uart of
// app.overlay; its speed is current-speed in the device tree.
#include <zephyr/device.h>
#include <zephyr/drivers/hwinfo.h>
#include <zephyr/drivers/uart.h>
#include <zephyr/kernel.h>

#include "vlp.h"

#define DEVICE_ID 42u
#define BEAT_MS 1000

static const struct device *const uart = DEVICE_DT_GET(DT_ALIAS(vlp_uart));
static vlp_agent agent;

static void beat(uint8_t status, uint32_t payload)
{
	uint8_t frame[VLP_SIZE];
	uint64_t now_ns = (uint64_t)k_uptime_get() * 1000000u;

	if (vlp_beat(&agent, status, payload, now_ns, frame) != VLP_FINE) {
		return;
	}
	for (size_t i = 0; i < sizeof(frame); i++) {
		uart_poll_out(uart, frame[i]);
	}
}

int main(void)
{
	uint32_t cause = 0;

	if (!device_is_ready(uart) || vlp_start(&agent, DEVICE_ID) != VLP_FINE) {
		return -1;
	}
	(void)hwinfo_get_reset_cause(&cause);
	(void)hwinfo_clear_reset_cause();
	beat(VLP_OK, cause); /* the first beat says why there was a reset */
	for (;;) {
		k_msleep(BEAT_MS);
		beat(VLP_OK, 0);
	}
}
