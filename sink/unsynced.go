package sink

// extent is rows that stand side by side in a file.
type extent struct {
	file     File
	from, to int64 // bytes; to is gone where the file was cut from outside
	rows     int
}

const gone = -1

// unsynced knows where the rows are that were written and do not count as
// synced, the oldest first. The rows themselves are kept in the files only; a
// failed sync has them read back.
type unsynced struct {
	list    []extent
	covered int   // of list: what the sync under way covers
	rows    int   // in all
	bytes   int64 // likewise
	forget  bool  // no cadence, or a device: rows are only counted
}

// wrote notes that rows of n bytes were written to f at offset at.
func (u *unsynced) wrote(f File, at int64, n, rows int) {
	if n == 0 {
		return
	}
	e := extent{f, at, at + int64(n), rows}
	if u.forget {
		e = extent{to: gone, rows: rows}
	}
	u.rows += rows
	u.bytes += e.length()
	if len(u.list) == u.covered || !u.list[len(u.list)-1].join(e) {
		u.list = append(u.list, e)
	}
}

// join adds o to e if it stands right behind it.
func (e *extent) join(o extent) bool {
	if e.file != o.file || e.to != o.from && e.to+o.to != 2*gone {
		return false
	}
	e.to = o.to
	e.rows += o.rows
	return true
}

// begin says that a sync begins, which covers everything so far. What sync
// after sync left side by side becomes one, so that the list stays short.
func (u *unsynced) begin() {
	kept := 0
	for _, e := range u.list {
		if kept == 0 || !u.list[kept-1].join(e) {
			u.list[kept] = e
			kept++
		}
	}
	u.list = u.list[:kept]
	u.covered = kept
}

// synced says that it succeeded, and returns how many rows it covers.
func (u *unsynced) synced() (rows int) {
	for _, e := range u.list[:u.covered] {
		rows += e.rows
		u.bytes -= e.length()
	}
	u.rows -= rows
	u.list = u.list[:copy(u.list, u.list[u.covered:])]
	u.covered = 0
	return rows
}

// clear forgets everything.
func (u *unsynced) clear() { u.list, u.covered, u.rows, u.bytes = u.list[:0], 0, 0, 0 }

// cut says that f was cut from outside: its rows cannot be read back.
func (u *unsynced) cut(f File) {
	for i := range u.list {
		if e := &u.list[i]; e.file == f {
			u.bytes -= e.length()
			e.from, e.to = 0, gone
		}
	}
}

func (e *extent) length() int64 { return max(e.to-e.from, 0) }
