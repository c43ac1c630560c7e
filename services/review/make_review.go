package review

import (
	"context"
	"errors"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	"github.com/redress-dev/redress/services/internal/calendar"
	"github.com/redress-dev/redress/services/internal/idem"
	"github.com/redress-dev/redress/services/review/figures"
	"github.com/redress-dev/redress/services/review/period"
)

// RunReview reviews the period in which a date lies; it gets a new version if it was reviewed before. A period that goes on is reviewed as it
// stands. Errors: REVIEW_PERIOD_INVALID.
func (s *Service) RunReview(ctx context.Context, req *reviewv1.RunReviewRequest) (*reviewv1.Review, error) {
	p := period.Of(req.GetKind(), s.now(), s.zone)
	if req.GetDate() != "" {
		date, err := period.ParseDate(req.GetDate())
		if err != nil {
			return nil, reviewPeriodInvalid("date", req.GetDate())
		}
		p = period.On(req.GetKind(), date, s.zone)
	}
	if p.Start.After(s.now()) {
		return nil, reviewPeriodInvalid("date", req.GetDate())
	}
	command, _ := idem.FromContext(ctx)
	return s.makeReview(ctx, p, Change{Command: command, Result: reviewName(p.ID()) + "/runs/" + s.deps.IDs.ID()}, false)
}

// MakeReview reviews a period that has ended, unless it was. Errors: REVIEW_PERIOD_INVALID.
func (s *Service) MakeReview(ctx context.Context, req *reviewv1.MakeReviewRequest) (*reviewv1.MakeReviewResponse, error) {
	id := strings.TrimPrefix(req.GetName(), "reviews/")
	p, err := period.Parse(id, s.zone)
	if err != nil || p.End.After(s.now()) {
		return nil, reviewPeriodInvalid("name", id)
	}
	ids, _, err := s.deps.Reviews.Reviewed(ctx, p.Kind, p.Start)
	if err != nil {
		return nil, err
	}
	var made *reviewv1.Review
	if len(ids) > 0 && ids[0] == id {
		made, err = s.review(ctx, id, 0)
	} else {
		made, err = s.makeReview(ctx, p, Change{}, true)
	}
	if err != nil {
		return nil, err
	}
	resp := &reviewv1.MakeReviewResponse{Name: made.GetName(), Version: made.GetVersion(), RecordCount: made.GetRecordCount()}
	for _, frequent := range made.GetFrequentSubjects() {
		if frequent.GetOpened() {
			resp.OpenedCount++
		}
	}
	return resp, nil
}

// ListDueReviews lists the periods that have ended and were not reviewed, among so many of the latest as the policy has made up for. Periods
// before the first record was over are none, nor are days on which the firm is closed by the calendar of reviews.
func (s *Service) ListDueReviews(ctx context.Context, req *reviewv1.ListDueReviewsRequest) (*reviewv1.ListDueReviewsResponse, error) {
	back := int(s.reviewing().GetCatchUp())
	now := period.Of(req.GetKind(), earlier(req.GetAsOf().AsTime(), s.now()), s.zone)
	ids, first, err := s.deps.Reviews.Reviewed(ctx, req.GetKind(), now.Before(back).Start)
	if err != nil {
		return nil, err
	}
	reviewed := map[string]bool{}
	for _, id := range ids {
		reviewed[id] = true
	}
	resp := &reviewv1.ListDueReviewsResponse{}
	for n := back; n > 0; n-- {
		p := now.Before(n)
		if !reviewed[p.ID()] && !first.IsZero() && first.Before(p.End) && s.open(p) {
			resp.Names = append(resp.Names, reviewName(p.ID()))
		}
	}
	return resp, nil
}

// open tells whether a period is one that is reviewed by itself: each week and month, and days as the policy's calendar has them.
func (s *Service) open(p period.Period) bool {
	if p.Kind != reviewv1.Review_DAILY {
		return true
	}
	date, err := calendar.ParseDate(p.Date.String())
	return err != nil || s.deps.Policy.Reviewed(date)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// makeReview sums a period up and writes what that means. What is counted is read before it is written, since that may take seconds, and
// nobody is to wait for it; the highest sequence says what was there.
func (s *Service) makeReview(ctx context.Context, p period.Period, change Change, once bool) (*reviewv1.Review, error) {
	query := s.sumQuery(p)
	now := s.now()
	sums, err := s.deps.Reviews.Sum(ctx, query)
	if err != nil {
		return nil, err
	}
	query.Highest = sums.Highest
	found := figures.New(s.figureRules(), sums)
	made := s.reviewOf(p, query.Weeks, found)
	made.Complete, made.HighestSequence = !p.End.After(now), sums.Highest
	made.CreateTime, made.Author = timestamp(now), caller(ctx).Subject
	if err := errors.Join(s.addCases(ctx, made, query, found), s.nameDepartments(ctx, made)); err != nil {
		return nil, err
	}
	draft := PeriodDraft{
		Period: p, Complete: made.GetComplete(), Records: found.Total.Records, Highest: sums.Highest, Author: made.GetAuthor(), CreateTime: now, Once: once,
	}
	proposed, err := s.propose(ctx, made, p, found)
	if err != nil {
		return nil, err
	}
	if made.GetComplete() { // Ten complaints of a Monday are not what a week is about.
		draft.Proposed = proposed
	}
	done, err := s.deps.Reviews.AddReview(ctx, change, draft, func(version int32, opened []Opening) ([]byte, error) {
		made.Version, made.FrequentSubjects = version, s.frequentSubjects(proposed, opened)
		return proto.Marshal(made)
	})
	if err != nil || !done.Repeated {
		return made, err // And not the latest: somebody may have made a further one meanwhile.
	}
	return s.madeBy(ctx, p.ID(), done.Result)
}

// madeBy reads the version that a call made; the highest where that is not on record.
func (s *Service) madeBy(ctx context.Context, id, run string) (*reviewv1.Review, error) {
	version, err := s.deps.Reviews.MadeBy(ctx, id, run)
	if err != nil {
		return nil, err
	}
	return s.review(ctx, id, version)
}

// sumQuery says what is asked about a period. What a kind does not show is not counted.
func (s *Service) sumQuery(p period.Period) SumQuery {
	rules := s.reviewing()
	return SumQuery{
		Period: p, Handling: durations(rules.GetHandlingBands()), Contact: durations(rules.GetContactBands()),
		Weeks:     p.Weeks(int(rules.GetShownWeeks())),
		UsualFrom: p.Before(int(rules.GetFrequentSubjects().GetUsualPeriods())).Start,
		Cases:     p.Kind == reviewv1.Review_DAILY,
	}
}

// addCases names typical cases with examples.
func (s *Service) addCases(ctx context.Context, made *reviewv1.Review, query SumQuery, found *figures.Figures) error {
	for _, typical := range found.Typical {
		examples, err := s.deps.Reviews.Examples(ctx, query, typical, int(s.reviewing().GetTypicalCases().GetExamples()))
		if err != nil {
			return err
		}
		for i, id := range examples {
			examples[i] = complaintName(id)
		}
		made.TypicalCases = append(made.TypicalCases, &reviewv1.TypicalCase{
			Category: typical.Category, Cause: typical.Cause, RecordCount: typical.Records, EscalatedCount: typical.Escalated, Examples: examples,
		})
	}
	return nil
}

// nameDepartments says what the directory calls the departments: a page is for people, and stays as it was when it is renamed.
func (s *Service) nameDepartments(ctx context.Context, made *reviewv1.Review) error {
	for _, digest := range made.GetDepartments() {
		found, err := s.department(ctx, digest.GetDepartment())
		if err != nil {
			return err
		}
		digest.DisplayName = found.GetDisplayName()
	}
	return nil
}

// propose is what is to be improved because of a week: one for each subject that too many complaints are about. Whoever answers for the
// department that had the most of them sees to it; nobody, where nobody answers for it, and while the week goes on, since then none is opened.
func (s *Service) propose(ctx context.Context, made *reviewv1.Review, p period.Period, found *figures.Figures) (proposed []Improvement, err error) {
	if p.Kind != reviewv1.Review_WEEKLY {
		return nil, nil
	}
	for _, t := range found.Frequent {
		numbers := &Figures{
			StartTime: p.Start, EndTime: p.End, Count: int32(t.Records), Total: int32(found.Total.Records), Escalated: int32(t.Escalated),
			Share: t.Share, UsualShare: t.Usual,
		}
		department := t.Department
		if !made.GetComplete() {
			department = ""
		}
		i, err := s.Propose(ctx, Subject(t.Subject), numbers, department, reviewName(p.ID()))
		if err != nil {
			return nil, err
		}
		proposed = append(proposed, i)
	}
	return proposed, nil
}

// frequentSubjects are the proposals with what became of them; nothing, of a week that goes on.
func (s *Service) frequentSubjects(proposed []Improvement, opened []Opening) []*reviewv1.FrequentSubject {
	all := make([]*reviewv1.FrequentSubject, len(proposed))
	for n := range proposed {
		told := s.improvement(&proposed[n])
		all[n] = &reviewv1.FrequentSubject{Subject: told.GetSubject(), Figures: told.GetFigures()}
		if n < len(opened) {
			all[n].Improvement, all[n].Opened = opened[n].Improvement, opened[n].Own
		}
	}
	return all
}

// review reads a version; 0 for the highest. Errors: RESOURCE_NOT_FOUND.
func (s *Service) review(ctx context.Context, id string, version int32) (*reviewv1.Review, error) {
	kept, err := s.deps.Reviews.Review(ctx, id, version)
	if errors.Is(err, ErrUnknown) {
		return nil, notFound(reviewName(id))
	}
	made := &reviewv1.Review{}
	return made, errors.Join(err, proto.Unmarshal(kept, made))
}
