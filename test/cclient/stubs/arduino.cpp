// The stub of an Arduino that runs: loop() 3000 times, a millisecond each. To
// stdout goes what the sketch writes; it ends with 1 when the bus is written to
// while its driver is off, or the driver is switched off before all bytes are out.
#include <stdio.h>
#include <stdlib.h>

#include "Arduino.h"

HardwareSerial Serial;
static uint32_t now = 4294966296; // it overflows after a second
static bool driver_used, driving, pending, begun;

static void must(bool ok, const char *what) {
	if (ok) return;
	fprintf(stderr, "%s\n", what);
	exit(1);
}

uint32_t millis() { return now; }
void pinMode(uint8_t, uint8_t mode) { driver_used = mode == OUTPUT; }
int analogRead(uint8_t) { return 512; }

void digitalWrite(uint8_t, uint8_t level) {
	must(driver_used, "a pin is written that is no output");
	must(level == HIGH || !pending, "the bus is let go before the last byte is out");
	driving = level == HIGH;
}

void HardwareSerial::begin(unsigned long) { begun = true; }
void HardwareSerial::flush() { pending = false; }

size_t HardwareSerial::write(const uint8_t *p, size_t n) {
	must(begun, "written before it was begun");
	must(!driver_used || driving, "written while the driver is off");
	pending = true;
	return fwrite(p, 1, n, stdout);
}

int main() {
	setup();
	for (int i = 0; i < 3000; i++, now++) loop();
	must(!driver_used || !driving, "the bus is never let go");
	return 0;
}
