package review_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/ids"
	"github.com/redress-dev/redress/services/internal/page"
	"github.com/redress-dev/redress/services/internal/policy"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb/sqltest"
	"github.com/redress-dev/redress/services/internal/vault"
	"github.com/redress-dev/redress/services/review"
	"github.com/redress-dev/redress/services/review/sqlstore"
)

// monday is the last day of a week, in Shanghai, that has just ended.
var monday = time.Date(2026, time.November, 23, 0, 30, 0, 0, time.FixedZone("CST", 8*60*60))

// looking is the service behind a real connection, with records that are written by the store and a directory that knows a manager.
type looking struct {
	t       *testing.T
	now     time.Time
	store   *sqlstore.Store
	harness *rpctest.Harness
	manager reviewv1.ReviewServiceClient
	worker  reviewv1.ReviewServiceClient
	written int
}

// heads answers who manages a department; of the directory nothing else is asked.
type heads struct {
	routingv1.DirectoryServiceClient
}

func (heads) GetDepartment(_ context.Context, req *routingv1.GetDepartmentRequest, _ ...grpc.CallOption) (*routingv1.Department, error) {
	return &routingv1.Department{Name: req.GetName(), Manager: "agents/guo", DisplayName: "Dept " + req.GetName()[12:]}, nil
}

// noKeys are for nobody: reviews have no words.
type noKeys struct{}

func (noKeys) Key(context.Context, string) (*vault.DataKey, error) { panic("a review needs no key") }

// reviewTables are databases with the tables of review.
var reviewTables = sqltest.NewTemplate(eventlog.Migrate, sqlstore.Migrate)

func newLooking(t *testing.T, said string) *looking {
	t.Helper()
	w := &looking{t: t, now: monday}
	rules, err := policy.Parse([]byte(said), "test.yaml")
	require.NoError(t, err)
	pages, err := page.New(make([]byte, 32))
	require.NoError(t, err)
	db := reviewTables.SQLite(t)
	log, err := eventlog.New(eventlog.Config{Source: "review"}, eventlog.Deps{
		DB: db, Now: w.clock, NewEventID: func() string { return uuid.Must(uuid.NewV7()).String() },
		Signer: ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), PageKey: make([]byte, 32), Logger: slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	w.store = sqlstore.New(db, log)
	service, err := review.New(review.Config{}, review.Deps{
		Outcomes: w.store, Improvements: w.store, Reviews: w.store, Log: log, Policy: rules, Keys: noKeys{}, Now: w.clock, Pages: pages,
		IDs: ids.New(w.clock, rand.Reader), Logger: slog.New(slog.DiscardHandler),
		Owners: review.Owners{
			Intake: struct{ intakev1.IntakeServiceClient }{}, IntakeLog: struct{ intakev1.EventLogServiceClient }{},
			RoutingLog: struct {
				routingv1.EventLogServiceClient
			}{}, Directory: heads{}, Remedies: struct{ remedyv1.RemedyServiceClient }{},
			Ledger: struct{ remedyv1.LedgerServiceClient }{}, Followup: struct {
				followupv1.FollowupServiceClient
			}{},
		},
	})
	require.NoError(t, err)
	w.harness = rpctest.Serve(t, service.Register)
	w.manager = reviewv1.NewReviewServiceClient(w.harness.Conn("agents/sun", authv1.Role_MANAGER))
	w.worker = reviewv1.NewReviewServiceClient(w.harness.Conn("services/worker", authv1.Role_SERVICE))
	return w
}

func (w *looking) clock() time.Time { return w.now }

// ended puts records of complaints on record that ended at a time.
func (w *looking) ended(n int, at time.Time, category policyv1.Scenario, change func(*review.Facts)) {
	w.t.Helper()
	for range n {
		w.written++
		o := review.Outcome{
			Complaint: fmt.Sprintf("%026d", w.written), Cycle: 1, Version: 1, Origin: reviewv1.Outcome_WRITTEN, RecordTime: at.UTC(), Recorder: "services/worker",
			Facts: review.Facts{
				Reference: "R", Customer: "customers/0198c1b00000700080000000ab", StartTime: at.Add(-30 * time.Hour).UTC(), EndTime: at.UTC(),
				FirstContact: at.Add(-29 * time.Hour).UTC(), Category: category, Department: "departments/quality", Result: intakev1.Complaint_REMEDIED,
			},
		}
		if change != nil {
			change(&o.Facts)
		}
		_, err := w.store.ChangeOutcome(w.t.Context(), review.Change{Complaint: o.Complaint, Cycle: 1},
			func(*review.Outcome, *review.Answer) (*review.Outcome, error) { return &o, nil })
		require.NoError(w.t, err)
	}
}

func (w *looking) run(kind reviewv1.Review_Kind, date string) *reviewv1.Review {
	w.t.Helper()
	made, err := w.manager.RunReview(w.t.Context(), &reviewv1.RunReviewRequest{Kind: kind, Date: date})
	require.NoError(w.t, err)
	return made
}

func (w *looking) improvements() []review.Improvement {
	w.t.Helper()
	list, err := w.store.Improvements(w.t.Context(), review.ImprovementQuery{Limit: 100})
	require.NoError(w.t, err)
	return list
}

// TestAWeekOpensAnImprovement: 30 of 100 open one with an owner and a date, beside the usual share; 29 do not, and a re-run opens no second.
func TestAWeekOpensAnImprovement(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1", "REV-2")
	w := newLooking(t, "{}")
	sunday := monday.Add(-2 * time.Hour)
	w.ended(8, sunday.AddDate(0, 0, -14), policyv1.Scenario_QUALITY, nil)
	w.ended(72, sunday.AddDate(0, 0, -14), policyv1.Scenario_SCENARIO_UNSPECIFIED, nil)
	w.ended(29, sunday, policyv1.Scenario_QUALITY, func(f *review.Facts) { f.Escalations = 1 })
	w.ended(70, sunday, policyv1.Scenario_SCENARIO_UNSPECIFIED, nil)
	w.ended(1, sunday, policyv1.Scenario_PRICE, nil)
	first := w.run(reviewv1.Review_WEEKLY, "2026-11-18")
	require.Equal(t, "reviews/weekly-2026-11-16", first.GetName())
	require.True(t, first.GetComplete())
	require.Equal(t, int64(100), first.GetRecordCount())
	require.Equal(t, int64(180), first.GetHighestSequence())
	require.Empty(t, first.GetFrequentSubjects(), "29 of 100")
	require.Empty(t, w.improvements())

	w.ended(1, sunday, policyv1.Scenario_QUALITY, nil) // 30 of 101 are fewer than 30 in a hundred.
	require.Empty(t, w.run(reviewv1.Review_WEEKLY, "2026-11-18").GetFrequentSubjects())
	w.ended(1, sunday, policyv1.Scenario_QUALITY, nil)
	third := w.run(reviewv1.Review_WEEKLY, "2026-11-22")
	require.Equal(t, int32(3), third.GetVersion())
	require.Len(t, third.GetFrequentSubjects(), 1)
	frequent := third.GetFrequentSubjects()[0]
	require.True(t, frequent.GetOpened())
	require.InDelta(t, 31.0/102, frequent.GetFigures().GetShare(), 1e-12)
	require.InDelta(t, 0.1, frequent.GetFigures().GetUsualShare(), 1e-12)
	require.Equal(t, int32(29), frequent.GetFigures().GetEscalated())
	list := w.improvements()
	require.Len(t, list, 1)
	require.Equal(t, frequent.GetImprovement(), list[0].Name())
	require.Equal(t, "reviews/weekly-2026-11-16", list[0].Opener)
	require.Equal(t, "agents/guo", list[0].Owner, "who answers for the department")
	require.True(t, monday.AddDate(0, 0, 30).Equal(list[0].DueTime))

	again := w.run(reviewv1.Review_WEEKLY, "2026-11-16")
	require.Equal(t, frequent.GetImprovement(), again.GetFrequentSubjects()[0].GetImprovement())
	require.True(t, again.GetFrequentSubjects()[0].GetOpened(), "by a version of it before")
	require.Len(t, w.improvements(), 1)
	manager := reviewv1.NewImprovementServiceClient(w.harness.Conn("agents/sun", authv1.Role_MANAGER))
	_, err := manager.AbandonImprovement(t.Context(), &reviewv1.AbandonImprovementRequest{Name: list[0].Name(), Reason: "供应商已更换"})
	require.NoError(t, err)
	again = w.run(reviewv1.Review_WEEKLY, "2026-11-16")
	require.Equal(t, frequent.GetImprovement(), again.GetFrequentSubjects()[0].GetImprovement(), "whatever became of it")
	require.Len(t, w.improvements(), 1)
	old, err := w.manager.GetReview(t.Context(), &reviewv1.GetReviewRequest{Name: first.GetName(), Version: 1})
	require.NoError(t, err)
	require.True(t, proto.Equal(first, old), "what was reviewed stays as it was")
}

// TestADay: typical cases are candidates for a procedure, and departments have digests.
func TestADay(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	w := newLooking(t, "{}")
	at := monday.Add(-6 * time.Hour)
	w.ended(3, at, policyv1.Scenario_LOGISTICS, func(f *review.Facts) { f.Causes = []policyv1.Cause{policyv1.Cause_THIRD_PARTY} })
	w.ended(2, at, policyv1.Scenario_PRICE, func(f *review.Facts) {
		f.Causes, f.Department = []policyv1.Cause{policyv1.Cause_STAFF_COLD}, "departments/billing"
	})
	made := w.run(reviewv1.Review_DAILY, "2026-11-22")
	require.Len(t, made.GetTypicalCases(), 1)
	typical := made.GetTypicalCases()[0]
	require.Equal(t, policyv1.Cause_THIRD_PARTY, typical.GetCause())
	require.Equal(t, int64(3), typical.GetRecordCount())
	require.Len(t, typical.GetExamples(), 3)
	require.Equal(t, "complaints/00000000000000000000000003", typical.GetExamples()[0])
	require.Len(t, made.GetDepartments(), 2)
	require.Equal(t, "departments/billing", made.GetDepartments()[0].GetDepartment())
	require.Equal(t, "Dept billing", made.GetDepartments()[0].GetDisplayName())
	require.InDelta(t, 0.4, made.GetDepartments()[0].GetShare(), 1e-12)
	require.Equal(t, time.Hour, made.GetTotal().GetMeanTimeToContact().AsDuration())
	require.Equal(t, 30*time.Hour, made.GetTotal().GetMeanHandlingTime().AsDuration())
	require.Empty(t, made.GetFrequentSubjects(), "improvements are for weeks")
}

// TestWhatGoesOn: a period that has not ended is reviewed as it stands; that is no review of the whole of it.
func TestWhatGoesOn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	w := newLooking(t, "{}")
	w.ended(1, monday.Add(-time.Minute), policyv1.Scenario_PRICE, nil)
	now := w.run(reviewv1.Review_DAILY, "")
	require.Equal(t, "reviews/daily-2026-11-23", now.GetName())
	require.False(t, now.GetComplete())
	w.now = w.now.AddDate(0, 0, 1)
	due, err := w.worker.ListDueReviews(t.Context(), &reviewv1.ListDueReviewsRequest{Kind: reviewv1.Review_DAILY, AsOf: timestamppb.New(w.now)})
	require.NoError(t, err)
	require.Equal(t, []string{"reviews/daily-2026-11-23"}, due.GetNames()[len(due.GetNames())-1:])
}

// TestAWeekThatGoesOn says what too many complaints are about so far, and opens nothing before it is over.
func TestAWeekThatGoesOn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2")
	w := newLooking(t, "{}")
	w.ended(12, monday.Add(-time.Minute), policyv1.Scenario_PRICE, nil)
	made := w.run(reviewv1.Review_WEEKLY, "")
	require.False(t, made.GetComplete())
	require.Len(t, made.GetFrequentSubjects(), 1)
	require.Empty(t, made.GetFrequentSubjects()[0].GetImprovement())
	require.Empty(t, w.improvements())
	w.now = monday.AddDate(0, 0, 7)
	made = w.run(reviewv1.Review_WEEKLY, "2026-11-23")
	require.True(t, made.GetComplete())
	require.Len(t, w.improvements(), 1)
	require.Equal(t, w.improvements()[0].Name(), made.GetFrequentSubjects()[0].GetImprovement())
}

// TestWhatIsDue: what nobody reviewed is made up for once each, the earliest first, as far back as the policy says and there are records.
func TestWhatIsDue(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	w := newLooking(t, "reviews: {catch_up: 5}")
	ask := func() []string {
		due, err := w.worker.ListDueReviews(t.Context(), &reviewv1.ListDueReviewsRequest{
			Kind: reviewv1.Review_DAILY, AsOf: timestamppb.New(w.now.AddDate(1, 0, 0)), // The clock of whoever asks is wrong.
		})
		require.NoError(t, err)
		return due.GetNames()
	}
	require.Empty(t, ask(), "a firm without records has nothing to review")
	w.ended(1, monday.AddDate(0, 0, -3), policyv1.Scenario_PRICE, nil)
	require.Equal(t, []string{"reviews/daily-2026-11-20", "reviews/daily-2026-11-21", "reviews/daily-2026-11-22"}, ask())
	w.ended(1, monday.AddDate(0, 0, -30), policyv1.Scenario_PRICE, nil)
	require.Len(t, ask(), 5)
	for range 2 { // Twice, as an activity may be.
		made, err := w.worker.MakeReview(t.Context(), &reviewv1.MakeReviewRequest{Name: "reviews/daily-2026-11-20"})
		require.NoError(t, err)
		require.Equal(t, int32(1), made.GetVersion())
		require.Equal(t, int64(1), made.GetRecordCount())
	}
	require.Equal(t, []string{"reviews/daily-2026-11-18", "reviews/daily-2026-11-19", "reviews/daily-2026-11-21", "reviews/daily-2026-11-22"}, ask())
}

// TestClosedDays get no review by themselves: what ended on them is in those of the week and the month. By hand one can be made.
func TestClosedDays(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1", "CLK-2")
	w := newLooking(t, `
reviews: {calendar: china, catch_up: 8}
calendars:
  calendars:
    - id: china
      time_zone: Asia/Shanghai
      openings: [{days: [MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY], from: "09:00", to: "18:00"}]
      years: [{year: 2026, holidays: [{date: "2026-11-18"}], make_up_days: [{date: "2026-11-22"}]}]
`)
	w.ended(2, monday.AddDate(0, 0, -8), policyv1.Scenario_PRICE, nil)
	ask := func(kind reviewv1.Review_Kind) (days []string) {
		due, err := w.worker.ListDueReviews(t.Context(), &reviewv1.ListDueReviewsRequest{Kind: kind, AsOf: timestamppb.New(w.now)})
		require.NoError(t, err)
		for _, name := range due.GetNames() {
			days = append(days, name[len(name)-2:])
		}
		return days
	}
	require.Equal(t, []string{"16", "17", "19", "20", "22"}, ask(reviewv1.Review_DAILY), "no weekend, no holiday, and the Sunday that is made up on")
	require.Equal(t, []string{"09", "16"}, ask(reviewv1.Review_WEEKLY))
	require.Equal(t, int64(2), w.run(reviewv1.Review_WEEKLY, "2026-11-15").GetRecordCount())
	require.Equal(t, int64(2), w.run(reviewv1.Review_DAILY, "2026-11-15").GetRecordCount())
}

// TestRepeatedRun: the same call twice makes one version.
func TestRepeatedRun(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1", "API-1")
	w := newLooking(t, "{}")
	for range 2 {
		made, err := w.manager.RunReview(rpctest.WithKey(t.Context(), "once"), &reviewv1.RunReviewRequest{Kind: reviewv1.Review_MONTHLY, Date: "2026-10-05"})
		require.NoError(t, err)
		require.Equal(t, int32(1), made.GetVersion())
		require.Equal(t, "agents/sun", made.GetAuthor())
	}
	log := reviewv1.NewEventLogServiceClient(w.harness.Conn("agents/he", authv1.Role_AUDITOR))
	told, err := log.ListEvents(t.Context(), &eventv1.ListEventsRequest{Subject: "reviews/monthly-2026-10-01"})
	require.NoError(t, err)
	require.Len(t, told.GetEvents(), 1)
	payload := &eventv1.Payload{}
	require.NoError(t, proto.Unmarshal(told.GetEvents()[0].GetPayload(), payload))
	require.Equal(t, "MONTHLY", payload.GetReviewDone().GetKind())
}

// TestEachRunAnswersWithItsOwn version, however many are made at once, and again when it is repeated.
func TestEachRunAnswersWithItsOwn(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1", "API-1")
	w := newLooking(t, "{}")
	versions := make([]int32, 6)
	run := func(n int) {
		made, err := w.manager.RunReview(rpctest.WithKey(t.Context(), fmt.Sprint("run", n)), &reviewv1.RunReviewRequest{Kind: reviewv1.Review_DAILY})
		if err != nil {
			t.Error(err)
		}
		versions[n] = made.GetVersion()
	}
	var all sync.WaitGroup
	for n := range versions {
		all.Go(func() { run(n) })
	}
	all.Wait()
	first := slices.Clone(versions)
	for n := range versions {
		run(n)
	}
	require.Equal(t, first, versions)
	require.ElementsMatch(t, []int32{1, 2, 3, 4, 5, 6}, versions)
}

// TestReviewsRefused: every reason over the wire.
func TestReviewsRefused(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1", "API-1")
	w := newLooking(t, "{}")
	invalid := reviewv1.ErrorReason_REVIEW_PERIOD_INVALID.String()
	for _, date := range []string{"2026-02-30", "2026-11-24", "0001-01-01", "9999-12-31"} {
		_, err := w.manager.RunReview(t.Context(), &reviewv1.RunReviewRequest{Kind: reviewv1.Review_DAILY, Date: date})
		rpctest.RequireReason(t, err, codes.InvalidArgument, invalid)
		rpctest.RequireField(t, err, "date")
	}
	for _, name := range []string{"reviews/daily-2026-11-23", "reviews/weekly-2026-11-17", "reviews/daily-2026-02-30"} {
		_, err := w.worker.MakeReview(t.Context(), &reviewv1.MakeReviewRequest{Name: name})
		rpctest.RequireReason(t, err, codes.InvalidArgument, invalid)
	}
	w.run(reviewv1.Review_DAILY, "2026-11-22")
	for _, req := range []*reviewv1.GetReviewRequest{{Name: "reviews/daily-2026-11-21"}, {Name: "reviews/daily-2026-11-22", Version: 2}} {
		_, err := w.manager.GetReview(t.Context(), req)
		rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
	}
	agent := reviewv1.NewReviewServiceClient(w.harness.Conn("agents/lin", authv1.Role_AGENT))
	_, err := agent.RunReview(t.Context(), &reviewv1.RunReviewRequest{Kind: reviewv1.Review_DAILY})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
	_, err = w.manager.ListReviews(t.Context(), &reviewv1.ListReviewsRequest{PageToken: "forged"})
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
}

// TestReviewsListedAndWritten: the latest period first, page by page; each as a page and a table.
func TestReviewsListedAndWritten(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-1")
	w := newLooking(t, "{}")
	for day := 16; day <= 20; day++ {
		w.run(reviewv1.Review_DAILY, fmt.Sprintf("2026-11-%02d", day))
	}
	w.run(reviewv1.Review_WEEKLY, "2026-11-20")
	var names []string
	req := &reviewv1.ListReviewsRequest{PageSize: 2, Kind: reviewv1.Review_DAILY}
	for {
		resp, err := w.manager.ListReviews(t.Context(), req)
		require.NoError(t, err)
		for _, r := range resp.GetReviews() {
			names = append(names, strings.TrimPrefix(r.GetName(), "reviews/daily-2026-11-"))
		}
		if req.PageToken = resp.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	require.Equal(t, []string{"20", "19", "18", "17", "16"}, names)
	for format, kind := range map[reviewv1.RenderReviewRequest_Format]string{
		reviewv1.RenderReviewRequest_PAGE: "text/html; charset=utf-8", reviewv1.RenderReviewRequest_TABLE: "text/csv; charset=utf-8",
	} {
		written, err := w.manager.RenderReview(t.Context(), &reviewv1.RenderReviewRequest{Name: "reviews/weekly-2026-11-16", Format: format})
		require.NoError(t, err)
		require.Equal(t, kind, written.GetContentType())
		require.Contains(t, string(written.GetContent()), "reviews/weekly-2026-11-16")
	}
	_, err := w.manager.RenderReview(t.Context(), &reviewv1.RenderReviewRequest{Name: "reviews/weekly-2026-11-09", Format: reviewv1.RenderReviewRequest_PAGE})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_RESOURCE_NOT_FOUND.String())
}
