package sink

import "vlpd/lean"

// Steady makes a file that is opened to be appended to, fd under the path p, one
// that keeps what is synced, where the file system needs to be told: FAT (fat.go)
// and f2fs (f2fs.go). An error is passed over: nothing is worse than before.
func Steady(fd int, p Path) {
	if lean.OnFAT(fd) {
		fit(fd)
		return
	}
	settle(fd, p)
}
