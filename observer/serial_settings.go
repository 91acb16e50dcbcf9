package observer

import (
	"vlpd/diag"
	"vlpd/lean"
)

// restoredEveryNS keeps somebody who changes settings all the time from wearing
// the flash: with each row comes a sync.
const restoredEveryNS = int64(60e9)

// doubt has the settings of a line looked at, if the source is one: others can
// change them, and then its agents are silent for us alone.
func (l *loop) doubt(source uint16) {
	if i := int(source) - len(l.sockets); i >= 0 && i < len(l.busy) {
		l.lines.Line(i).Doubt()
	}
}

// tellRestored reports whether it is to be told that a line was set again.
func (b *lineState) tellRestored(now int64) bool {
	if b.restoredAt != 0 && now-b.restoredAt < restoredEveryNS {
		return false
	}
	b.restoredAt = now
	return true
}

// offSpeed reports whether a line at one speed cannot be read at the other: a
// UART that samples the middle of a bit bears 5 % over ten bits, from both ends
// together. Dividers give the likes of 115,384 for 115,200.
func offSpeed(asked, got int) bool {
	return uint64(max(asked, got)-min(asked, got))*100 > uint64(asked)*3
}

// explainSpeed tells that a driver has not set what was asked for. Drivers do
// not refuse a speed that they cannot do: some take the fastest that they can,
// some 9600. A driver that cannot say what it has set says 0.
func (l *loop) explainSpeed(i int) {
	line, b := l.lines.Line(i), &l.busy[i]
	if b.baud == 0 || b.baud == b.saidBaud || !offSpeed(line.Config.Baud, b.baud) {
		return
	}
	b.saidBaud = b.baud
	n := l.notes
	n.text = lean.Add(lean.Add(n.text[:0], "line "), line.Config.Name)
	n.text = addNumber(n.text, ": the driver has set ", uint64(b.baud))
	n.text = addNumber(n.text, " baud, and not the ", uint64(line.Config.Baud))
	n.text = lean.Add(n.text, " asked for, which it cannot do: expect bytes and no frame")
	n.log.SayBytes(diag.Warn, n.text)
}
