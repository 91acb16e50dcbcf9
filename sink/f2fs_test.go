package sink

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// TestSteadyElsewhere: on other file systems no block is asked for.
func TestSteadyElsewhere(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("mounting a tmpfs: ", err)
	}
	defer unix.Unmount(dir, unix.MNT_DETACH)
	created(t, filepath.Join(dir, "ev"))
	var st unix.Stat_t
	if err := unix.Stat(filepath.Join(dir, "ev"), &st); err != nil || st.Blocks != 0 || st.Size != 0 {
		t.Errorf("%v; %d blocks, %d bytes, expected none", err, st.Blocks, st.Size)
	}
}

// TestSteady: neither a new file nor one that others began has its data in the
// inode, and both are cold; the rows are still there.
func TestSteady(t *testing.T) {
	dir := f2fs(t)
	old := filepath.Join(dir, "old")
	if err := os.WriteFile(old, []byte("row\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if inode, _ := placed(t, old); !inode {
		t.Fatal("f2fs did not keep a small file in its inode")
	}
	for _, name := range []string{old, filepath.Join(dir, "new")} {
		created(t, name)
		if inode, advise := placed(t, name); inode || advise&1 == 0 {
			t.Errorf("%s: data in the inode: %v; advise %#x, expected bit 0", name, inode, advise)
		}
	}
	if text, err := os.ReadFile(old); string(text) != "row\n" {
		t.Errorf("%q, %v", text, err)
	}
}

// TestSteadyUnderOverlay: so has a file of an overlay whose upper folder is on f2fs.
func TestSteadyUnderOverlay(t *testing.T) {
	dir := f2fs(t)
	for _, name := range []string{"upper", "work", "lower", "all"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	all := filepath.Join(dir, "all")
	if err := unix.Mount("overlay", all, "overlay", 0, "lowerdir="+dir+"/lower,upperdir="+dir+"/upper,workdir="+dir+"/work"); err != nil {
		t.Skip("mounting an overlay: ", err)
	}
	defer unix.Unmount(all, unix.MNT_DETACH)
	created(t, filepath.Join(all, "ev"))
	if inode, advise := placed(t, filepath.Join(dir, "upper", "ev")); inode || advise&1 == 0 {
		t.Errorf("data in the inode: %v; advise %#x, expected bit 0", inode, advise)
	}
}

// created has OS create name, or open it as a start does.
func created(t *testing.T, name string) {
	t.Helper()
	p, err := NewPath(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := OS.OpenFile(p, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
}

// placed says whether the data is in the inode (FS_INLINE_DATA_FL of
// linux/fs.h), and what f2fs was advised.
func placed(t *testing.T, name string) (inode bool, advise byte) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	flags, err := unix.IoctlGetInt(int(f.Fd()), unix.FS_IOC_GETFLAGS)
	if err != nil {
		t.Fatal(err)
	}
	var b [1]byte
	if _, err := unix.Getxattr(name, "system.advise", b[:]); err != nil {
		t.Fatal(err)
	}
	return flags&0x10000000 != 0, b[0]
}

// f2fs mounts a new one where TMPDIR is none, and skips the test where that
// cannot be done: then test/vm/powercut is what shows it.
func f2fs(t *testing.T) string {
	t.Helper()
	image, dir := filepath.Join(t.TempDir(), "image"), t.TempDir()
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) == nil && uint32(st.Type) == unix.F2FS_SUPER_MAGIC {
		return dir
	}
	f, err := os.Create(image)
	if err == nil {
		err = f.Truncate(64 << 20)
		f.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mkfs.f2fs", "-q", image).CombinedOutput(); err != nil {
		t.Skipf("mkfs.f2fs: %v %s", err, out)
	}
	if out, err := exec.Command("mount", "-t", "f2fs", "-o", "loop", image, dir).CombinedOutput(); err != nil {
		t.Skipf("no f2fs in this kernel, or no loop device: %v %s", err, out)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	return dir
}
