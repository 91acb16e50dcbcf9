package observer

import "vlpd/metrics"

// stage is a part of a turn whose time is told apart at /metrics. The names are
// the original's; the wait for something to do belongs to none.
type stage uint8

const (
	stageJudge    stage = iota // deadlines, and what is decided at them
	stagePoll                  // descriptors and frames
	stageUpkeep                // the event log's end of the loop
	stageRecovery              // commands to start, commands that ended
	stageServe                 // scrapes
	stageRest                  // signs of life, and the timer for the next turn
	stageCount
)

var stageNames = [stageCount]string{"drain_pending", "poll", "maintenance", "recovery_reap", "serve_pending", "housekeeping"}

// durations are those of whole turns and of their stages. They are taken only
// where /metrics is served: each costs a look at the clock.
type durations struct {
	on     bool
	last   int64 // when the stage before ended
	turns  metrics.Histogram
	stages [stageCount]metrics.Histogram

	turnBudget, serveBudget int64  // ns
	turnsOver, servesOver   uint64 // longer than that
}

// begin is the start of a turn.
func (d *durations) begin(now int64) { d.last = now }

// end notes the time since the stage before ended.
func (l *loop) end(s stage) {
	d := &l.times
	if !d.on {
		return
	}
	now := l.clock.Now()
	took := now - d.last
	d.last = now
	d.stages[s].Observe(took)
	if s == stageServe && took > d.serveBudget {
		d.servesOver++
	}
}

// endTurn notes how long the turn took that began then, up to the end of its
// last stage.
func (l *loop) endTurn(began int64) {
	d := &l.times
	if !d.on {
		return
	}
	took := d.last - began
	d.turns.Observe(took)
	if took > d.turnBudget {
		d.turnsOver++
	}
}
