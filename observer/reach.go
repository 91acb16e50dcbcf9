package observer

import (
	"strings"

	"golang.org/x/sys/unix"

	"vlpd/confine"
)

// reach is all of the file system that is needed after start.
func (o *observer) reach() []confine.Place {
	c := o.c
	all := []confine.Place{
		{Path: "/proc", Use: confine.Read}, {Path: "/sys", Use: confine.Read}, {Path: "/dev", Use: confine.Device},
		{Path: "/proc/self/exe", Use: confine.Read}, // platform.ForgetText
	}
	add := func(path string, use confine.Use) {
		if path == "" {
			return
		}
		all = append(all, confine.Place{Path: confine.Parent(path), Use: use})
		if target := linkTarget(path); target != "" {
			all = append(all, confine.Place{Path: confine.Parent(target), Use: use})
		}
	}
	for _, path := range c.Sockets {
		add(path, confine.Write)
	}
	for _, f := range c.Written() {
		add(f.Path, confine.Write)
	}
	if c.StateDir != "" {
		all = append(all, confine.Place{Path: c.StateDir, Use: confine.Write})
	}
	for _, path := range []string{c.UDP.Key, c.UDP.Accepted, c.UDP.Master, c.Audit.KeyFile} {
		add(path, confine.Read)
	}
	for _, line := range c.Lines {
		add(line.KeyFile, confine.Read)
		if !strings.HasPrefix(line.Device, "usb:") { // those are below /dev
			add(line.Device, confine.Device)
		}
	}
	if c.Live.Hardware != "" {
		all = append(all, confine.Place{Path: c.Live.Hardware, Use: confine.Feed})
	}
	return all
}

// linkTarget is where a symbolic link leads that is the last of a path; "" if it
// is none.
func linkTarget(path string) string {
	var buf [unix.PathMax]byte
	n, err := unix.Readlink(path, buf[:])
	if err != nil || n == 0 {
		return ""
	}
	if target := string(buf[:n]); target[0] == '/' {
		return target
	}
	return confine.Parent(path) + "/" + string(buf[:n])
}
