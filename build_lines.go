package main

import (
	"vlpd/lean"
	"vlpd/secure"
)

// What is remembered of the senders of a sealed line: a bus has few devices.
const (
	lineSenders     = 256
	lineFilterBytes = 64 << 10
)

// sealLines reads the keys of lines whose frames are sealed.
func sealLines(l *loop, c *Config) error {
	for i, line := range c.Lines {
		if line.KeyFile == "" {
			continue
		}
		load := func() (*secure.Keys, error) { return secure.Load(secure.Files{Primary: line.KeyFile}) }
		keys, err := load()
		if err != nil {
			return lean.Mark("--serial "+line.Name+": key-file "+err.Error(), err)
		}
		o := secure.NewOpener(keys, secure.Config{Senders: lineSenders, FilterBytes: lineFilterBytes})
		l.lines.Line(i).Seal(o)
		l.keyrings = append(l.keyrings, newKeyring("line "+line.Name, o, load))
	}
	return nil
}
