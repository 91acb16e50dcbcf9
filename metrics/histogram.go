package metrics

// Buckets is the number of buckets of a Histogram, the last without a bound.
const Buckets = 9

// Bounds are the upper bounds of a Histogram's buckets as they are printed;
// they are those of varta-watch 0.2.0, whose dashboards ask for them.
var Bounds = [Buckets - 1]string{"0.001", "0.005", "0.01", "0.05", "0.1", "0.25", "0.5", "1"}

var boundsNS = [Buckets - 1]int64{1e6, 5e6, 10e6, 50e6, 100e6, 250e6, 500e6, 1e9}

// Histogram counts durations. It has one owner, and is a plain value, so that
// a snapshot of it is an assignment.
type Histogram struct {
	Counts [Buckets]uint64 // per bucket, not cumulative
	SumNS  uint64
}

// Observe counts one duration in ns; a negative one, of a clock that went
// back, counts as zero.
func (h *Histogram) Observe(ns int64) {
	ns = max(ns, 0)
	i := 0
	for i < len(boundsNS) && ns > boundsNS[i] {
		i++
	}
	h.Counts[i]++
	h.SumNS += uint64(ns)
}

// Append appends the histogram's samples; label may be "" for none.
func (h *Histogram) Append(dst []byte, name, label, value string) []byte {
	return AppendHistogram(dst, name, label, value, Bounds[:], h.Counts[:], h.SumNS)
}

// AppendHistogram appends the samples of a histogram with other bounds. counts
// are per bucket and one longer than bounds; the _bucket rows are cumulative,
// and _count is their last, so the sample is consistent whatever counts holds.
func AppendHistogram(dst []byte, name, label, value string, bounds []string, counts []uint64, sumNS uint64) []byte {
	row := func(suffix string) Row {
		r := Sample(dst, name).Suffix(suffix)
		if label != "" {
			r = r.Label(label, value)
		}
		return r
	}
	total := uint64(0)
	for i, n := range counts {
		total += n
		le := "+Inf"
		if i < len(bounds) {
			le = bounds[i]
		}
		dst = row("_bucket").Label("le", le).Uint(total)
	}
	dst = append(appendSeconds(row("_sum").space(), sumNS), '\n')
	return row("_count").Uint(total)
}
