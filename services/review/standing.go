package review

import (
	"context"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
)

// standing counts, of the cycles of a subject that began in a time and are not over, all and those that were escalated: of them there is no record
// yet. Intake lists them, and both logs say what they are; a complaint that nobody has assessed is of no subject. Errors: those of the owners.
func (s *Service) standing(ctx context.Context, query EscalatedQuery) (Tally, error) {
	var sum Tally
	var mutex sync.Mutex
	reading, asks := errgroup.WithContext(ctx)
	reading.SetLimit(standingAtOnce)
	err := s.eachStanding(ctx, query, func(c *intakev1.Complaint) {
		reading.Go(func() error {
			var f Facts
			if err := s.readIntake(asks, &f, c.GetName(), c.GetCycle()); err != nil || !f.within(query) {
				return err
			}
			if err := s.readRouting(asks, &f, c.GetName(), c.GetCycle()); err != nil {
				return err
			}
			mutex.Lock()
			defer mutex.Unlock()
			sum.Count++
			sum.Open++
			if f.Escalations > 0 {
				sum.Escalated++
			}
			return nil
		})
	})
	if failed := reading.Wait(); err == nil {
		err = failed
	}
	return sum, err
}

// standingAtOnce is how many complaints are read at the same time; it is no rule of the business.
const standingAtOnce = 8

// eachStanding lists complaints that are not over and may be of a subject and have begun in a time. A further cycle begins later than the complaint
// was received.
func (s *Service) eachStanding(ctx context.Context, query EscalatedQuery, do func(*intakev1.Complaint)) error {
	filter := fmt.Sprintf(`(state = "RECEIVED" OR state = "ACTIVE" OR state = "RESOLVING") AND receive_time < %q AND (receive_time >= %q OR cycle > 1)`,
		query.Until.Format(time.RFC3339Nano), query.From.Format(time.RFC3339Nano))
	if category := query.Subject.Category; category != policyv1.Scenario_SCENARIO_UNSPECIFIED {
		filter += fmt.Sprintf(` AND scenario = %q`, category)
	}
	req := &intakev1.ListComplaintsRequest{PageSize: pageSize, Filter: filter, OrderBy: "create_time"}
	for {
		resp, err := s.deps.Owners.Intake.ListComplaints(ctx, req)
		if err != nil {
			return err
		}
		for _, c := range resp.GetComplaints() {
			do(c)
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			return nil
		}
	}
}

// within tells whether a cycle is of the subject, and began in the time.
func (f *Facts) within(query EscalatedQuery) bool {
	about := f.Category == query.Subject.Category
	if query.Subject.Product != "" {
		about = Subject{Product: f.Product, Fault: f.Fault}.Folded() == Subject{Product: query.Subject.Product, Fault: query.Subject.Fault}.Folded()
	}
	return about && !f.StartTime.Before(query.From) && f.StartTime.Before(query.Until)
}
