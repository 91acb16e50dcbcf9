package demo

import (
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"vlpd/lean"
)

// makeFolder makes a folder of our own among the temporary files.
func makeFolder() (string, error) {
	tmp, found := syscall.Getenv("TMPDIR")
	if !found || tmp == "" {
		tmp = "/tmp"
	}
	base := tmp + "/vlpd-demo-" + strconv.Itoa(unix.Getpid())
	for i := 0; ; i++ {
		dir := base + "." + strconv.Itoa(i)
		err := unix.Mkdir(dir, 0o700)
		if err == nil {
			return dir, nil
		}
		if err != unix.EEXIST {
			return "", lean.PathError("mkdir", dir, err)
		}
	}
}

// removeFolder removes a folder of files.
func removeFolder(dir string) {
	names, _ := lean.Names(dir)
	for _, name := range names {
		unix.Unlink(dir + "/" + name)
	}
	unix.Rmdir(dir)
}
