package followup

import (
	"context"
	"errors"
	"strconv"
	"time"

	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	"github.com/redress-dev/redress/services/internal/page"
)

// GetFollowUp reads one follow-up as it stands now. Errors: FOLLOW_UP_NOT_FOUND, NOT_YET_KNOWN, COMPLAINT_NOT_FOUND.
func (s *Service) GetFollowUp(ctx context.Context, req *followupv1.GetFollowUpRequest) (*followupv1.FollowUp, error) {
	return s.readFollowUp(ctx, req.GetName())
}

// ListFollowUps lists follow-ups, the next due first. Whether one is overdue, also in the filter, is exact at the moment of reading (CLK-1).
// Errors: NOT_YET_KNOWN, COMPLAINT_NOT_FOUND, FILTER_INVALID, PAGE_TOKEN_INVALID.
func (s *Service) ListFollowUps(ctx context.Context, req *followupv1.ListFollowUpsRequest) (*followupv1.ListFollowUpsResponse, error) {
	of, err := s.listing(ctx, "followUps", req)
	if err != nil {
		return nil, err
	}
	query := TouchQuery{Complaint: of.complaint, Filter: req.GetFilter(), Limit: of.limit(), Now: s.now()}
	if query.After, err = touchPosition(of.cursor); err != nil {
		return nil, err
	}
	list, err := s.deps.Series.Touches(ctx, query)
	if err != nil {
		return nil, err
	}
	res := &followupv1.ListFollowUpsResponse{}
	if len(list) > of.size {
		list = list[:of.size]
		last := &list[of.size-1].Touch
		res.NextPageToken = s.deps.Pages.Encode([]string{strconv.FormatInt(last.DueTime.UnixMicro(), 10), last.Complaint, last.ID()}, of.bind)
	}
	for i := range list {
		m, err := s.followUpMessage(ctx, &list[i], query.Now)
		if err != nil {
			return nil, err
		}
		res.FollowUps = append(res.FollowUps, m)
	}
	return res, nil
}

// touchPosition reads a page token's place; nil for the first page.
func touchPosition(cursor []string) (*TouchPosition, error) {
	if cursor == nil {
		return nil, nil
	}
	if len(cursor) != 3 {
		return nil, page.ErrToken
	}
	due, err := strconv.ParseInt(cursor[0], 10, 64)
	cycle, touch, ok := touchParts(cursor[2])
	if err != nil || !ok {
		return nil, page.ErrToken
	}
	return &TouchPosition{DueTime: time.UnixMicro(due).UTC(), Complaint: cursor[1], Cycle: cycle, Number: touch}, nil
}

// readFollowUp reads one follow-up as it stands now.
func (s *Service) readFollowUp(ctx context.Context, name string) (*followupv1.FollowUp, error) {
	t, err := s.touch(ctx, name)
	if err != nil {
		return nil, err
	}
	return s.followUpMessage(ctx, &TouchRow{Touch: *t}, s.now())
}

// followUpMessage is a follow-up as it stands at the moment now, with the words that the caller may read (API-4).
func (s *Service) followUpMessage(ctx context.Context, row *TouchRow, now time.Time) (*followupv1.FollowUp, error) {
	t := &row.Touch
	m := &followupv1.FollowUp{
		Name: t.Name(), Cycle: t.Cycle, State: t.State, Mode: t.Mode, BeginTime: timestamp(t.BeginTime), DueTime: timestamp(t.DueTime),
		AskTime: timestamp(t.AskTime), ExpireTime: timestamp(t.ExpireTime), Reminders: t.Reminders, Calls: t.Calls, MergedInto: t.MergedInto,
		Overdue: t.overdue(now), StopReason: t.StopReason, Merged: row.Merged,
	}
	if t.MergedInto == "" {
		m.Duty = dutyName(t.Complaint, t.DutyID())
	}
	for _, i := range t.Improvements {
		m.Improvements = append(m.Improvements, &followupv1.ToldImprovement{Improvement: i.Name, Text: i.Text})
	}
	a := &t.Answer
	if a.Time.IsZero() {
		return m, nil
	}
	m.Answer = &followupv1.FollowUpAnswer{
		Done: a.Done, Satisfaction: a.Satisfaction, Way: a.Way, AnswerTime: timestamp(a.Time), Agent: a.Agent, Reopened: a.Reopened,
		Retention: a.Retention,
	}
	if !caller(ctx).Has(authv1.Role_AGENT, authv1.Role_SUPERVISOR, authv1.Role_MANAGER, authv1.Role_EXECUTIVE, authv1.Role_SERVICE) {
		return m, nil
	}
	var comment, told error
	m.Answer.Comment, comment = s.openAnswer(ctx, t, "comment", a.Comment)
	m.Answer.Told, told = s.openAnswer(ctx, t, "told", a.Told)
	return m, errors.Join(comment, told)
}

// overdue is true when the customer is still to be asked although the time has passed: a survey asks when it is sent, a person when the customer
// has answered.
func (t *Touch) overdue(now time.Time) bool {
	owed := t.State == followupv1.FollowUp_PLANNED && t.MergedInto == "" ||
		t.State == followupv1.FollowUp_ASKED && t.Mode == followupv1.FollowUp_PERSON
	return owed && t.DueTime.Before(now)
}
