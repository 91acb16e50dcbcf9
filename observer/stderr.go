package observer

import (
	"encoding/hex"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"vlpd/config"
	"vlpd/diag"
)

const closeStderrWithin = time.Second

// newDiag makes the writer of stderr: JSON lines as the original's, unless a
// person reads them on a terminal.
func newDiag(format string) *diag.Log {
	if format == "" {
		format = "json"
		if _, err := unix.IoctlGetTermios(int(os.Stderr.Fd()), unix.TCGETS); err == nil {
			format = "text"
		}
	}
	var id [8]byte
	fillRandom(id[:])
	return diag.New(diag.Options{
		JSON:    format == "json",
		Name:    config.CalledAs(),
		Session: hex.EncodeToString(id[:]),
		Write:   os.Stderr.Write,
		Wall:    time.Now,
	})
}
