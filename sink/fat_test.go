package sink

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestUnlinkOnFAT: the name goes, elsewhere too, and a missing one is said.
func TestUnlinkOnFAT(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for _, want := range []error{nil, unix.ENOENT} {
		if err := unlinkOnFAT(fd, Path(name+"\x00")); err != want {
			t.Errorf("%v, expected %v", err, want)
		}
	}
	if fd := fatFile(Path(name + "\x00")); fd != -1 {
		t.Errorf("a missing file is %d", fd)
	}
}

// TestFAT: what a power cut right behind a rename would leave. The image is read
// below the file system, as it is then: each name must say where its file is.
func TestFAT(t *testing.T) {
	image, dir := fat(t)
	path := func(name string) Path { return Path(filepath.Join(dir, name) + "\x00") }
	for _, name := range []string{"A", "B"} {
		f, err := OS.OpenFile(path(name), true)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Write(bytes.Repeat([]byte(name), 5000)); err == nil {
			err = f.Fdatasync()
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	if err := OS.SyncDir(path("")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to string }{{"A", "C"}, {"C", "B"}} { // to a new name, and to one that is there
		if err := OS.Rename(path(c.from), path(c.to)); err != nil {
			t.Fatal(err)
		}
		all, err := os.ReadFile(image)
		if err != nil {
			t.Fatal(err)
		}
		at := bytes.Index(all, []byte(c.to+"          ")) // its entry: the cluster is at 26, the size at 28
		if at < 0 {
			t.Fatalf("no entry of %s", c.to)
		}
		begin, size := binary.LittleEndian.Uint16(all[at+26:]), binary.LittleEndian.Uint32(all[at+28:])
		if begin == 0 || size != 5000 {
			t.Fatalf("%s begins at cluster %d and has %d bytes, expected 5000", c.to, begin, size)
		}
		if first := clusters(all, begin); !bytes.HasPrefix(first, []byte("AAAA")) {
			t.Errorf("%s begins with %q", c.to, first[:4])
		}
	}
}

// clusters returns all from a cluster on, by the boot sector of FAT16.
func clusters(all []byte, begin uint16) []byte {
	le := binary.LittleEndian
	sector, per := int(le.Uint16(all[11:])), int(all[13])
	data := int(le.Uint16(all[14:])) + int(all[16])*int(le.Uint16(all[22:])) + int(le.Uint16(all[17:]))*32/sector
	return all[(data+(int(begin)-2)*per)*sector:]
}

// fat mounts a new FAT16, and skips the test where that cannot be done: then
// test/vm/powercut is what shows it.
func fat(t *testing.T) (image, dir string) {
	t.Helper()
	image, dir = filepath.Join(t.TempDir(), "image"), t.TempDir()
	f, err := os.Create(image)
	if err == nil {
		err = f.Truncate(16 << 20)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.vfat", "-F", "16", image).CombinedOutput(); err != nil {
		t.Skipf("mkfs.vfat: %v %s", err, out)
	}
	if out, err := exec.Command("mount", "-t", "vfat", "-o", "loop", image, dir).CombinedOutput(); err != nil {
		t.Skipf("no vfat in this kernel, or no loop device: %v %s", err, out)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	return image, dir
}
