package observer

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
