package review

import (
	"math"
	"time"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// Effect is whether an improvement helped.
type Effect struct {
	// Before and After are how many complaints were escalated.
	Before, After Tally
	// Confidence is that of all intervals, CheckTime when it was looked at.
	Confidence float64
	CheckTime  time.Time
	// Finding is what was found.
	Finding reviewv1.Effect_Finding
}

// Interval is between which numbers something lies.
type Interval struct {
	// Low and High are the ends.
	Low, High float64
}

// Rate is the share of what was escalated; 0 of none.
func (t Tally) Rate() float64 {
	if t.Count == 0 {
		return 0
	}
	return float64(t.Escalated) / float64(t.Count)
}

// Wilson is the score interval of the share (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", Journal of
// the American Statistical Association 22, 1927, p. 209–212). It holds for few complaints and for shares near 0 and 1, where the ordinary one
// leaves the range. Of none it is everything.
func (t Tally) Wilson(confidence float64) Interval {
	if t.Count == 0 {
		return Interval{0, 1}
	}
	n, p, z := float64(t.Count), t.Rate(), math.Sqrt2*math.Erfinv(confidence)
	middle := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	whole := 1 + z*z/n
	return Interval{max(0, (middle-half)/whole), min(1, (middle+half)/whole)}
}

// Difference is the share after less the share before, with the interval that follows from both Wilson intervals (R. G. Newcombe, "Interval
// estimation for the difference between independent proportions", Statistics in Medicine 17, 1998, p. 873–890, method 10).
func (e *Effect) Difference() (float64, Interval) {
	before, after := e.Before.Rate(), e.After.Rate()
	b, a := e.Before.Wilson(e.Confidence), e.After.Wilson(e.Confidence)
	d := after - before
	return d, Interval{d - math.Hypot(after-a.Low, b.High-before), d + math.Hypot(a.High-after, before-b.Low)}
}

// judge says what the numbers show: fewer, if the whole interval of the difference lies below nothing. Where so few came after that their share
// says nothing, that they are few may say it.
func (e *Effect) judge(least int32) {
	_, between := e.Difference()
	switch {
	case e.Before.Count >= least && e.After.Count < least && e.ceased():
		e.Finding = reviewv1.Effect_FEWER_COMPLAINTS
	case e.Before.Count < least, e.After.Count < least:
		e.Finding = reviewv1.Effect_TOO_FEW
	case between.High < 0:
		e.Finding = reviewv1.Effect_FEWER
	default:
		e.Finding = reviewv1.Effect_NOT_SHOWN
	}
}

// ceased is true when fewer complaints came after than before, and that is no chance: both times are equally long, so that by chance each complaint
// would have come in either as likely as in the other.
func (e *Effect) ceased() bool {
	after := Tally{Count: e.Before.Count + e.After.Count, Escalated: e.After.Count}
	return after.Wilson(e.Confidence).High < 0.5
}

// state is that of an improvement with the effect. One that nothing can be said of is not called ineffective.
func (e *Effect) state() reviewv1.Improvement_State {
	switch e.Finding {
	case reviewv1.Effect_FEWER, reviewv1.Effect_FEWER_COMPLAINTS:
		return reviewv1.Improvement_EFFECTIVE
	case reviewv1.Effect_TOO_FEW:
		return reviewv1.Improvement_NOT_JUDGED
	default:
		return reviewv1.Improvement_NOT_EFFECTIVE
	}
}
