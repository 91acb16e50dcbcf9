package sink

// budget bounds the bytes a day that the log's own syncs bring to flash. It is
// a token bucket: it fills evenly over the day, holds at most an hour's worth,
// and in any 24 hours gives no more than the day's bytes, give or take one sync.
//
// What a sync costs is a model: the bytes written since the last one, in whole
// pages, since the page in which a row ends is written again by the next sync;
// and one page for the file system's metadata. So a sync costs 8 KiB at
// least. Pages that the kernel writes back by itself (vm.dirty_expire_centisecs)
// and the erase blocks below are not in it.
//
// Syncs for the sake of beats wait until the bucket can pay; so they grow rare
// as the day's bytes run out. Kinds that are synced at once always are, and
// take the beats before them along; what that costs beyond the bucket delays
// later beats. Debts and unsynced rows together may reach budgetCredit.
// Beyond that, even rows without syncs exceed the budget:
// then ordinary beats are left out, counted, and noted in a lost row.
type budget struct {
	perDay int64 // 0: no limit
	level  float64
	at     int64
}

const (
	pageBytes    = 4096
	dayNS        = 24 * 3600e9
	budgetCredit = 96 << 10
	// hourShare of the day's bytes is the bucket; the rest of them flows in.
	hourShare = 1.0 / 24
)

func newBudget(perDay, now int64) budget {
	return budget{perDay: perDay, level: float64(perDay) * hourShare, at: now}
}

// syncCost is the model.
func syncCost(written int64) int64 {
	pages := max((written+pageBytes-1)/pageBytes, 1)
	return (pages + 1) * pageBytes
}

func (b *budget) rate() float64 { return float64(b.perDay) * (1 - hourShare) / dayNS }

func (b *budget) refill(now int64) {
	b.level = min(b.level+float64(now-b.at)*b.rate(), float64(b.perDay)*hourShare)
	b.at = now
}

// wait returns how many ns after now the bucket can pay cost; 0: now.
func (b *budget) wait(now, cost int64) int64 {
	if b.perDay == 0 {
		return 0
	}
	b.refill(now)
	need := min(float64(cost), float64(b.perDay)*hourShare) - b.level
	if need <= 0 {
		return 0
	}
	return int64(need/b.rate()) + 1
}

// short reports whether to pay cost would leave more debt than credit.
func (b *budget) short(now, cost, credit int64) bool {
	b.refill(now)
	return b.level-float64(cost) < -float64(credit)
}

func (b *budget) spend(now, cost int64) {
	if b.perDay != 0 {
		b.refill(now)
		b.level -= float64(cost)
	}
}
