package limit

// Allow reports whether a frame may pass at now, ns, not negative, and notes
// that in tat if so. A frame that may not pass changes nothing.
//
// It is the virtual scheduling form of the generic cell rate algorithm (ITU-T
// I.371): tat is the theoretical arrival time of the next frame, were they
// evenly spaced by intervalNS. A frame may come early by toleranceNS at most.
// As a bucket: a token weighs intervalNS, see Interval; the burst is
// toleranceNS / intervalNS + 1, see Tolerance. A tat of 0 is a full bucket. An
// intervalNS of 0 or less is off: all may pass.
//
// creditNS, mostly 0, is time for which a bucket that was full may hold more:
// after a pause of ours, what senders did at their pace comes all at once.
//
// The sum may wrap at the end of the clock's range; the difference, the only
// thing ever looked at, wraps back.
func Allow(tat *int64, now, creditNS, intervalNS, toleranceNS int64) bool {
	if intervalNS <= 0 {
		return true
	}
	early := max(*tat-now, -creditNS)
	if early > toleranceNS {
		return false
	}
	*tat = now + early + intervalNS
	return true
}

// Interval is the ns between frames at rate frames a second, rounded down and
// at least 1; 0, which is off, for 0. Rounded down so that who beats at exactly
// the rate is never limited. What passes in the long run is more than the rate
// by less than one part in Interval(rate): 3 in a thousand million at 3 a
// second, nothing where the rate divides 1e9.
func Interval(rate uint32) int64 {
	if rate == 0 {
		return 0
	}
	return int64(max(secondNS/rate, 1))
}

// Tolerance is the ns a frame may be early for burst of them to pass at once.
// A burst of 0 is one of 1: evenly spaced frames only.
func Tolerance(intervalNS int64, burst uint32) int64 {
	return intervalNS * int64(max(burst, 1)-1)
}
