package sink

import "sync/atomic"

// syncer runs one job at a time and has its result brought to writer.finish.
type syncer interface{ start(job syncJob) }

// syncJob is what must be on the disk before rows count as synced, in this
// order. The old file comes before the folder, and the folder before the new
// file: f2fs, after a power cut, brings back a synced file under its name even
// if the rename that made room for it is not known to the folder yet, and
// drops the file that had the name (roll-forward recovery, fsync_mode=posix).
type syncJob struct {
	old  File // may be nil; it is closed when all succeeded
	dir  bool
	file File // may be nil

	serial uint32         // of file
	named  *atomic.Uint32 // gets it when the folder was synced
}

// syncResult says how far a job came.
type syncResult struct {
	job    syncJob
	dirBad bool // err is the folder's
	err    error
	slowNS int64 // of the slowest fdatasync
}

// run does the job. It is called from the syncer's goroutine.
func (j syncJob) run(o *Options, dir Path, s *Stats) syncResult {
	r := syncResult{job: j}
	if j.old != nil {
		r.fdatasync(j.old, o, s)
	}
	if r.err == nil && j.dir {
		r.err = o.FS.SyncDir(dir)
		r.dirBad = r.err != nil
		if r.err == nil {
			j.named.Store(j.serial)
		}
	}
	if r.err == nil && j.file != nil {
		r.fdatasync(j.file, o, s)
	}
	if r.err == nil && j.old != nil {
		j.old.Close() // its data is synced: nothing to learn from an error
	}
	return r
}

func (r *syncResult) fdatasync(f File, o *Options, s *Stats) {
	began := o.Clock()
	r.err = f.Fdatasync()
	took := o.Clock() - began
	s.Observe(took)
	r.slowNS = max(r.slowNS, took)
	if r.err == nil {
		s.Syncs.Add(1)
	}
}

// syncGoroutine runs jobs while the writer goes on writing.
type syncGoroutine struct {
	jobs    chan syncJob // one slot, and never more than one job under way
	results chan syncResult
}

func (g *syncGoroutine) start(j syncJob) { g.jobs <- j }

func (g *syncGoroutine) run(o *Options, dir Path, s *Stats) {
	for j := range g.jobs {
		g.results <- j.run(o, dir, s)
	}
}
