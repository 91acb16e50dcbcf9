// A stub that is a board: a sketch on an ATmega328P at 16 MHz, milliseconds from
// timer 1, bytes through UART 0. See README.md.
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>
#include <util/atomic.h>

#include "Arduino.h"

HardwareSerial Serial;
static volatile uint32_t now;

ISR(TIMER1_COMPA_vect) { now++; }

uint32_t millis() {
	uint32_t ms;
	ATOMIC_BLOCK(ATOMIC_RESTORESTATE) { ms = now; }
	return ms;
}

void pinMode(uint8_t, uint8_t) {}
void digitalWrite(uint8_t, uint8_t) {}
int analogRead(uint8_t) { return 512; }

void HardwareSerial::begin(unsigned long baud) {
	UBRR0 = (uint16_t)(F_CPU / 8 / baud - 1);
	UCSR0A = _BV(U2X0);
	UCSR0B = _BV(TXEN0);
}

void HardwareSerial::flush() {}

size_t HardwareSerial::write(const uint8_t *p, size_t n) {
	for (size_t i = 0; i < n; i++) {
		while (!(UCSR0A & _BV(UDRE0))) {}
		UDR0 = p[i];
	}
	return n;
}

int main() {
	OCR1A = F_CPU / 8 / 1000 - 1; // a millisecond
	TCCR1B = _BV(WGM12) | _BV(CS11);
	TIMSK1 = _BV(OCIE1A);
	sei();
	setup();
	for (;;) loop();
}
