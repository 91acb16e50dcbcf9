package client

import (
	"context"
	"time"
)

// Run beats at once and then at every interval until ctx ends, and returns why
// it ended. The beats stand on a grid, so they do not drift; those that fell
// into a pause of the process are left out. say is asked for each; nil says OK.
//
// Run shows that the process is scheduled, and no more. Have say look at the
// work, or use a Watchdog.
func (c *Client) Run(ctx context.Context, interval time.Duration, say func() (Status, uint32)) error {
	return c.run(ctx, interval, func() {
		s, payload := OK, uint32(0)
		if say != nil {
			s, payload = say()
		}
		c.Beat(s, payload)
	})
}

// run calls turn at once and on the grid. A panic in it is told.
func (c *Client) run(ctx context.Context, interval time.Duration, turn func()) error {
	defer c.OnPanic()
	if interval <= 0 {
		panic("client: an interval of " + interval.String())
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		turn()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
		}
	}
}
