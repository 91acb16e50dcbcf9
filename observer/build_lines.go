package observer

import (
	"vlpd/config"
	"vlpd/diag"
	"vlpd/event"
	"vlpd/intake"
	"vlpd/lean"
	"vlpd/secure"
)

// What is remembered of the senders of a sealed line: a bus has few devices.
const (
	lineSenders     = 256
	lineFilterBytes = 64 << 10
)

func buildLines(o *observer, _ *event.Format) (err error) {
	c, l := o.c, o.loop
	l.busy = make([]lineState, len(c.Lines))
	for i := range l.busy {
		l.busy[i].source = uint16(len(c.Sockets) + i)
		l.busy[i].trusted = c.Lines[i].Trusted
	}
	if l.lines, err = intake.NewLines(c.Lines, l.bell.Ring, o.places()); err != nil {
		return err
	}
	if err := sealLines(l, c); err != nil {
		return err
	}
	if err := l.lines.Blind(); err != nil {
		o.diag.SayError(diag.Warn, "cannot watch for serial devices, looking every few seconds", err)
	}
	return nil
}

// sealLines reads the keys of lines whose frames are sealed.
func sealLines(l *loop, c *config.Config) error {
	for i, line := range c.Lines {
		if line.KeyFile == "" {
			continue
		}
		load := func() (*secure.Keys, error) { return loadLineKeys(line.KeyFile) }
		keys, err := load()
		if err != nil {
			return lean.Mark("--serial "+line.Name+": key-file "+err.Error(), err)
		}
		o := secure.NewOpener(keys, secure.Config{Senders: lineSenders, FilterBytes: lineFilterBytes})
		l.lines.Line(i).Seal(o)
		l.keyrings = append(l.keyrings, newKeyring("line "+line.Name, line.Name, o, load))
	}
	return nil
}

// loadLineKeys reads the keys of a line, as many as there are: the devices of a
// bus get another one by one.
func loadLineKeys(path string) (*secure.Keys, error) {
	keys, err := secure.Load(secure.Files{Accepted: path})
	if err == nil && keys.Empty() {
		return nil, lean.New(path + ": no key found in file (expected one a line)")
	}
	return keys, err
}
