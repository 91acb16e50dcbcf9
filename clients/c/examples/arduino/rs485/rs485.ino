// A sketch that beats on an RS-485 bus, through a transceiver such as the
// MAX485 whose DE and /RE hang on one pin. Copy vlp.h beside it.
//
// Several devices may talk on a bus of which the observer only listens. Nobody
// arbitrates: a frame that meets another is lost, and with intervals that are the
// same the next ones are too, for minutes, as their crystals hardly differ. So each
// interval is longer by a chance of its own; a frame takes 33 ms at 9600 baud.
#include "vlp.h"

const uint32_t DEVICE_ID = 7;
const uint32_t BEAT_MS = 1000;
const uint32_t BAUD = 9600;
const uint8_t DRIVER_PIN = 2; // high: we drive the bus

static vlp_agent agent;
static vlp_clock uptime;
static uint32_t last, gap;
static uint32_t chance = DEVICE_ID;

// interval is a second and up to a quarter more.
uint32_t interval() {
  chance = chance * 1664525 + 1013904223;
  return BEAT_MS + (chance >> 24);
}

void beat(uint8_t status, uint32_t payload) {
  uint8_t frame[VLP_SIZE];
  if (vlp_beat(&agent, status, payload, vlp_ms(&uptime, millis()), frame) != VLP_FINE) {
    return;
  }
  digitalWrite(DRIVER_PIN, HIGH);
  Serial.write(frame, sizeof frame);
  Serial.flush(); // until the last stop bit is out; only then let the bus go
  digitalWrite(DRIVER_PIN, LOW);
}

void setup() {
  pinMode(DRIVER_PIN, OUTPUT);
  digitalWrite(DRIVER_PIN, LOW);
  Serial.begin(BAUD);
  vlp_start(&agent, DEVICE_ID);
  last = millis();
  gap = DEVICE_ID * 40 % BEAT_MS; // all may have been switched on together
}

void loop() {
  if (millis() - last >= gap) {
    last += gap;
    gap = interval();
    beat(VLP_OK, analogRead(A0));
  }
}
