package followup

import (
	"context"
	"slices"
	"time"

	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/idem"
)

// PauseClocks has clocks of the present cycle stand still from now on (CLK-3), all that the policy lets pause or those that are named. Each
// duty has at once the due time and the warnings that follow if the pause lasts until its limit. What is past due is not paused: its breach
// stands. Errors: STATUTORY_CLOCK, CLOCK_NOT_PAUSABLE, CLOCKS_PAUSED, CYCLE_ENDED, DUTY_NOT_FOUND, INVALID_FIELD for an until_time that is past
// or later than the policy allows, AGENT_RECUSED, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) PauseClocks(ctx context.Context, req *followupv1.PauseClocksRequest) (*followupv1.PauseClocksResponse, error) {
	duties, err := s.changeClocks(ctx, req.GetName(), func(l ledger) ([]*Duty, error) {
		if l.Complaint.Ended {
			return nil, cycleEnded(req.GetName())
		}
		limit, err := s.pauseLimit(req, l.now)
		if err != nil {
			return nil, err
		}
		open := func(d *Duty) bool { return s.deps.Policy.Pausable(d.Kind) && d.State == followupv1.Duty_OPEN }
		chosen, err := l.choose(req.GetDuties(), open, func(d *Duty) error { return s.mayPause(d, l.now) },
			clockNotPausable(req.GetName(), "NOTHING", "It owes nothing that the policy lets pause."))
		for _, d := range chosen {
			l.pause(d, req.GetReason(), limit)
		}
		return chosen, err
	})
	return &followupv1.PauseClocksResponse{Duties: duties}, err
}

// ResumeClocks has the clocks of a complaint go on from now on, all that stand still or those that are named. What is owed is due later by what
// was paused, as its clock counts. Errors: CLOCKS_NOT_PAUSED, AGENT_RECUSED, DUTY_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) ResumeClocks(ctx context.Context, req *followupv1.ResumeClocksRequest) (*followupv1.ResumeClocksResponse, error) {
	duties, err := s.changeClocks(ctx, req.GetName(), func(l ledger) ([]*Duty, error) {
		paused := func(d *Duty) bool { return d.Paused(l.now) != nil }
		chosen, err := l.choose(req.GetDuties(), paused, func(d *Duty) error {
			if !paused(d) {
				return clocksNotPaused(dutyName(d.Complaint, d.ID))
			}
			return nil
		}, clocksNotPaused(req.GetName()))
		for _, d := range chosen {
			l.resume(d, l.now, followupv1.Pause_RESUMED, "")
		}
		return chosen, err
	})
	return &followupv1.ResumeClocksResponse{Duties: duties}, err
}

// changeClocks changes clocks of a complaint on the caller's account, who is not whom it is about, once per idempotency key, and answers with the duties that decide
// names; to the same call again with those of which a clock was ever stopped.
func (s *Service) changeClocks(ctx context.Context, name string, decide func(ledger) ([]*Duty, error)) ([]*followupv1.Duty, error) {
	complaint, ok := complaintID(name)
	if !ok {
		return nil, invalidField("name", "It is not the name of a complaint.")
	}
	var chosen []*Duty
	command, _ := idem.FromContext(ctx)
	done, err := s.change(ctx, Change{Complaint: complaint, Command: command, Result: name}, func(l ledger) (err error) {
		if err := l.recused(); err != nil {
			return err
		}
		chosen, err = decide(l)
		return err
	})
	if err != nil {
		return nil, err
	}
	if done.Repeated {
		c, err := s.known(ctx, complaint)
		if err != nil {
			return nil, err
		}
		chosen = slices.DeleteFunc(c.Duties, func(d *Duty) bool { return len(d.Pauses) == 0 })
	}
	var answer []*followupv1.Duty
	for _, d := range chosen {
		answer = append(answer, s.dutyMessage(d, s.now()))
	}
	return answer, nil
}

// choose finds the duties that are named, each of which has to be fit, or else all candidates of the present cycle that are. When none is, it
// tells why the first is not, or that there is none.
func (l ledger) choose(names []string, candidate func(*Duty) bool, fit func(*Duty) error, none error) ([]*Duty, error) {
	var chosen []*Duty
	for _, name := range names {
		of, id, _ := child(name, "duties")
		d := l.Duty(id)
		if d == nil || of != l.Complaint.ID {
			return nil, dutyNotFound(name)
		}
		if err := fit(d); err != nil {
			return nil, err
		}
		chosen = append(chosen, d)
	}
	if len(names) > 0 {
		return chosen, nil
	}
	why := none
	for _, d := range l.ofCycle(l.Complaint.Cycle) {
		if !candidate(d) {
			continue
		}
		if err := fit(d); err == nil {
			chosen = append(chosen, d)
		} else if why == none { //nolint:errorlint // It is the very one.
			why = err
		}
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	return nil, why
}

// mayPause tells why a duty cannot be paused; nil when it can.
func (s *Service) mayPause(d *Duty, now time.Time) error {
	name := dutyName(d.Complaint, d.ID)
	switch most := s.deps.Policy.Proto().GetTimekeeping().GetPauses().GetMost(); {
	case statutory(d.Kind):
		return statutoryClock(name)
	case !s.deps.Policy.Pausable(d.Kind):
		return clockNotPausable(name, "POLICY", "By the policy its clock does not stand still.")
	case d.State != followupv1.Duty_OPEN:
		return clockNotPausable(name, "NOT_OWED", "It is owed no more.")
	case d.Verdict == policyv1.Verdict_MISSED || !now.Before(d.DueTime):
		return clockNotPausable(name, "PAST_DUE", "It was due at "+instant(d.DueTime)+"; a pause changes nothing of that.")
	case d.Calendar != "" && !s.deps.Policy.Knows(d.Calendar):
		return clockNotPausable(name, "CALENDAR_GONE", "It goes by the calendar "+d.Calendar+", which the policy has no more: it is due when it was promised.")
	case d.Paused(now) != nil:
		return clocksPaused(name, d.Paused(now).LimitTime)
	case len(d.Pauses) >= int(most):
		return clockNotPausable(name, "TOO_OFTEN", "It was paused "+number(most)+" times, and the policy allows no more.")
	}
	return nil
}

// pauseLimit is when a pause that begins now is over at the latest.
func (s *Service) pauseLimit(req *followupv1.PauseClocksRequest, now time.Time) (time.Time, error) {
	limit := now.Add(s.deps.Policy.Proto().GetTimekeeping().GetPauses().GetLongest().AsDuration())
	if req.GetUntilTime() == nil {
		return limit, nil
	}
	until := req.GetUntilTime().AsTime().Truncate(time.Microsecond)
	switch {
	case !req.GetUntilTime().IsValid():
		return limit, invalidField("until_time", "It is no time.")
	case !until.After(now):
		return limit, invalidField("until_time", "It does not lie in the future.")
	case until.After(limit):
		return limit, invalidField("until_time", "By the policy a pause that begins now lasts until "+instant(limit)+" at most.")
	}
	return until, nil
}
