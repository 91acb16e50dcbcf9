// A device that beats over its UART, on bare metal, with clients/c/vlp.h.
//
//	first boot    nonces 1..20, one in 100 ms, then a system reset
//	second boot   a line of boot text, nonces 1..10, three seconds of silence,
//	              nonces 11..20, the last one critical; then it sleeps for ever
#include "board.h"
#include "vlp.h"

__attribute__((section(".noinit"))) static volatile uint32_t boot_magic, boots;

static void wait_ticks(uint32_t n) {
	uint32_t begun = ticks;
	while (ticks - begun < n) __asm__("wfi");
}

static vlp_agent agent;
static vlp_clock uptime;

// beat carries the boot it belongs to, so that the first beats of two boots differ.
static void beat(vlp_status status) {
	uint8_t frame[VLP_SIZE];
	uint64_t now = vlp_ms(&uptime, ticks * (1000u / TICKS_PER_SECOND));
	if (vlp_beat(&agent, (uint8_t)status, boots, now, frame) == VLP_FINE) uart_send(frame, sizeof frame);
}

static void beats(uint32_t n) {
	while (n--) {
		beat(VLP_OK);
		wait_ticks(TICKS_PER_SECOND / 10);
	}
}

static void system_reset(void) {
	AIRCR = 0x05FA0004; // key, SYSRESETREQ
	for (;;) {}
}

int main(void) {
	static const uint8_t text[] = "\r\nVA boot 2, firmware 1.0, V\r\n";
	if (boot_magic != 0xB007B007) boot_magic = 0xB007B007, boots = 0;
	boots = boots + 1;
	uart_start();
	ticks_start();
	vlp_start(&agent, DEVICE_ID);
	if (boots == 1) {
		beats(20);
		system_reset();
	}
	uart_send(text, sizeof text - 1);
	beats(10);
	wait_ticks(3 * TICKS_PER_SECOND);
	beats(9);
	beat(VLP_CRITICAL);
	return 0;
}
