package followup_test

import (
	"bytes"
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
	"github.com/redress-dev/redress/services/internal/sqldb"
)

func TestOnlyReachedMeetsTheCallback(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	tried := []followupv1.Attempt_Outcome{
		followupv1.Attempt_NO_ANSWER, followupv1.Attempt_WRONG_NUMBER, followupv1.Attempt_REFUSED, followupv1.Attempt_RESCHEDULED,
	}
	for i, outcome := range tried {
		d.clock.Set(start().Add(time.Duration(i+1) * time.Minute))
		req := attempt(complaint+"/callbacks/1", outcome, time.Time{})
		if outcome == followupv1.Attempt_RESCHEDULED {
			req.AgreedTime = timestamppb.New(start().Add(10 * time.Hour))
		}
		c, err := d.agent.RecordAttempt(t.Context(), req)
		require.NoError(t, err)
		require.Equal(t, followupv1.Duty_OPEN, c.GetState(), outcome)
		require.Len(t, c.GetAttempts(), i+1)
		require.Equal(t, outcome, c.GetAttempts()[i].GetOutcome())
	}
	d.clock.Set(start().Add(10 * time.Minute))
	c := d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Equal(t, complaint+"/callbacks/1", c.GetName())
	require.Equal(t, complaint+"/duties/1-callback", c.GetDuty())
	require.Equal(t, followupv1.Duty_KEPT, c.GetState())
	require.Equal(t, met, c.GetVerdict())
	require.Equal(t, start().Add(24*time.Hour), c.GetDueTime().AsTime())
	last := c.GetAttempts()[4]
	require.Equal(t, "agents/lin", last.GetAgent())
	require.Equal(t, policyv1.ContactWay_PHONE, last.GetWay())
	require.Equal(t, d.clock.Now(), last.GetAttemptTime().AsTime())
	require.Equal(t, d.clock.Now(), last.GetRecordTime().AsTime())
	duties := d.duties(t, complaint)
	for _, id := range []string{"1-callback", "1-contact", "1-first-response"} {
		require.Equal(t, met, duties[id].GetVerdict(), id)
		require.Equal(t, last.GetName(), duties[id].GetEvidence())
	}
	require.Equal(t, followupv1.Duty_OPEN, duties["1-resolution"].GetState())
	types := d.types(t, complaint)[5:]
	require.Equal(t, []string{
		"attempt_recorded", "attempt_recorded", "way_unusable", "attempt_recorded", "attempt_recorded", "duty_rescheduled", "attempt_recorded",
		"duty_settled", "duty_settled", "duty_settled",
	}, types)
}

func TestAttemptTimeDecides(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CALL-2", "CLK-1")
	t.Parallel()
	due := start().Add(24 * time.Hour)
	for name, test := range map[string]struct {
		made, recorded time.Time
		settled        bool
		verdict        policyv1.Verdict
		corrected      bool
	}{
		"made and recorded in time":              {due.Add(-time.Hour), due.Add(-time.Hour), false, met, false},
		"made at the due time":                   {due, due, false, met, false},
		"made in time, recorded after":           {due.Add(-time.Minute), due.Add(3 * time.Minute), false, met, false},
		"made in time, recorded after MISSED":    {due.Add(-time.Minute), due.Add(3 * time.Minute), true, met, true},
		"made at the due time, as far as may be": {due, due.Add(5 * time.Minute), true, met, true},
		"made late":                              {due.Add(time.Microsecond), due.Add(time.Minute), false, late, false},
		"made late after MISSED":                 {due.Add(time.Hour), due.Add(time.Hour), true, late, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.clock.Set(test.recorded)
			if test.settled {
				s := d.settle(t, complaint, "1-callback")
				require.Equal(t, followupv1.Settlement_MISSED, s.GetAnswer())
				require.Equal(t, followupv1.Duty_OPEN, s.GetDuty().GetState(), "still owed")
			}
			c := d.attempt(t, complaint, followupv1.Attempt_REACHED, test.made)
			require.Equal(t, test.verdict, c.GetVerdict())
			require.Equal(t, followupv1.Duty_KEPT, c.GetState())
			duty := d.duties(t, complaint)["1-callback"]
			require.Equal(t, test.corrected, duty.GetCorrected())
			require.Equal(t, test.verdict == late, duty.GetBreached())
			require.Equal(t, test.made, duty.GetFactTime().AsTime())
			settled := d.settled(t, complaint, "1-callback")
			last := settled[len(settled)-1]
			require.Equal(t, test.verdict, last.GetVerdict())
			require.Equal(t, test.corrected, last.GetCorrection())
			require.Equal(t, due, last.GetDueTime().AsTime())
		})
	}
}

func TestAttemptDatedBackTooFarChangesNoVerdict(t *testing.T) {
	covers.Requirement(t, "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	due := start().Add(24 * time.Hour)
	d.clock.Set(due.Add(time.Hour))
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-callback").GetAnswer())
	before := d.duties(t, complaint)
	c := d.attempt(t, complaint, followupv1.Attempt_REACHED, due.Add(-time.Minute))
	require.Equal(t, followupv1.Duty_OPEN, c.GetState())
	require.Equal(t, missed, c.GetVerdict())
	require.True(t, c.GetAttempts()[0].GetFlagged())
	require.Equal(t, "Dated back 1h1m0s before it was recorded; the policy allows 5m0s. "+
		"It is on record and changes no verdict until a supervisor confirms it; make or record another contact now.", c.GetAttempts()[0].GetFlagReason())
	for id, duty := range d.duties(t, complaint) {
		require.Equal(t, before[id].GetWhy(), duty.GetWhy())
	}
	events := d.events(t, complaint)
	p, err := eventlog.Decode(events[len(events)-1])
	require.NoError(t, err)
	require.True(t, p.GetAttemptRecorded().GetFlagged())

	// The limit itself is allowed; a microsecond more is flagged.
	for back, flagged := range map[time.Duration]bool{5 * time.Minute: false, 5*time.Minute + time.Microsecond: true} {
		other := d.receive(t)
		d.clock.Set(d.clock.Now().Add(time.Hour))
		c := d.attempt(t, other, followupv1.Attempt_REACHED, d.clock.Now().Add(-back))
		require.Equal(t, flagged, c.GetAttempts()[0].GetFlagged())
		require.Equal(t, flagged, c.GetState() == followupv1.Duty_OPEN)
	}
}

func TestAttemptAfterALateOneCorrects(t *testing.T) {
	covers.Requirement(t, "CLK-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	due := start().Add(24 * time.Hour)
	d.clock.Set(due.Add(2 * time.Minute))
	require.Equal(t, late, d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{}).GetVerdict())
	// On a callback that is kept, attempts are recorded and change nothing …
	d.clock.Set(due.Add(3 * time.Minute))
	c := d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Equal(t, late, c.GetVerdict())
	require.Len(t, c.GetAttempts(), 2)
	// … but for one that was made in time.
	c = d.attempt(t, complaint, followupv1.Attempt_REACHED, due.Add(-time.Minute))
	require.Equal(t, met, c.GetVerdict())
	require.Len(t, c.GetAttempts(), 3)
	require.True(t, d.duties(t, complaint)["1-callback"].GetCorrected())
	require.Equal(t, met, d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{}).GetVerdict())
}

func TestAttemptsThatAreRefused(t *testing.T) {
	covers.Requirement(t, "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint, released := d.receive(t), d.receive(t)
	d.clock.Set(start().Add(time.Hour))
	d.happens(t, released, 1, closed(intakev1.Complaint_WITHDRAWN))
	own := func(r followupv1.ErrorReason) string { return r.String() }
	reach := followupv1.Attempt_REACHED
	outOfRange := attempt(complaint+"/callbacks/1", reach, time.Time{})
	outOfRange.AttemptTime = &timestamppb.Timestamp{Nanos: -1}
	for name, test := range map[string]struct {
		req    *followupv1.RecordAttemptRequest
		code   codes.Code
		reason string
	}{
		"in the future": {attempt(complaint+"/callbacks/1", reach, d.clock.Now().Add(2*time.Minute+time.Microsecond)),
			codes.InvalidArgument, own(followupv1.ErrorReason_ATTEMPT_TIME_IN_FUTURE)},
		"before receipt": {attempt(complaint+"/callbacks/1", reach, start().Add(-time.Microsecond)),
			codes.InvalidArgument, own(followupv1.ErrorReason_ATTEMPT_TIME_BEFORE_RECEIPT)},
		"no time":        {outOfRange, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"released":       {attempt(released+"/callbacks/1", reach, time.Time{}), codes.FailedPrecondition, own(followupv1.ErrorReason_CALLBACK_RELEASED)},
		"no such cycle":  {attempt(complaint+"/callbacks/2", reach, time.Time{}), codes.NotFound, own(followupv1.ErrorReason_CALLBACK_NOT_FOUND)},
		"a second name":  {attempt(complaint+"/callbacks/01", reach, time.Time{}), codes.NotFound, own(followupv1.ErrorReason_CALLBACK_NOT_FOUND)},
		"no complaint":   {attempt("complaints/0198c1b00000700080000000ab/callbacks/1", reach, time.Time{}), codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String()},
		"not known yet":  {attempt("complaints/"+d.ids.ID()+"/callbacks/1", reach, time.Time{}), codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
		"no outcome":     {attempt(complaint+"/callbacks/1", 0, time.Time{}), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
		"malformed name": {attempt("callbacks/1", reach, time.Time{}), codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String()},
	} {
		for _, note := range []string{"", "a note"} {
			req := proto.CloneOf(test.req)
			req.Note = note
			_, err := d.agent.RecordAttempt(rpctest.WithKey(t.Context(), name+note), req)
			rpctest.RequireReason(t, err, test.code, test.reason)
		}
	}
	require.Len(t, d.types(t, complaint), 5, "nothing was recorded")

	// A clock may be a little ahead of ours, and a refused call does not use its key.
	_, err := d.agent.RecordAttempt(rpctest.WithKey(t.Context(), "in the future"),
		attempt(complaint+"/callbacks/1", reach, d.clock.Now().Add(2*time.Minute)))
	require.NoError(t, err)
	for _, anybody := range []followupv1.FollowupServiceClient{
		followupv1.NewFollowupServiceClient(d.harness.Conn("agents/he", authv1.Role_AUDITOR, authv1.Role_HR)), d.worker,
	} {
		_, err = anybody.RecordAttempt(t.Context(), attempt(complaint+"/callbacks/1", reach, time.Time{}))
		rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())
	}
}

func TestRepeatedAttemptIsRecordedOnce(t *testing.T) {
	covers.Requirement(t, "API-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	ctx := rpctest.WithKey(t.Context(), "key-1")
	req := attempt(complaint+"/callbacks/1", followupv1.Attempt_NO_ANSWER, time.Time{})
	_, err := d.agent.RecordAttempt(ctx, req)
	require.NoError(t, err)
	events := d.types(t, complaint)
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	replay, err := d.agent.RecordAttempt(ctx, req)
	require.NoError(t, err)
	require.Len(t, replay.GetAttempts(), 2, "the callback as it stands now")
	require.Equal(t, met, replay.GetVerdict())
	require.Len(t, d.types(t, complaint), len(events)+4)

	req.Outcome = followupv1.Attempt_REFUSED
	_, err = d.agent.RecordAttempt(ctx, req)
	rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_IDEMPOTENCY_KEY_REUSED.String())
}

func TestNoteIsSealedAndReadByFew(t *testing.T) {
	covers.Requirement(t, "API-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	const secret = "Mrs Wang, 139 0000 1234"
	req := attempt(complaint+"/callbacks/1", followupv1.Attempt_REACHED, time.Time{})
	req.Note = secret
	c, err := d.agent.RecordAttempt(t.Context(), req)
	require.NoError(t, err)
	require.Equal(t, secret, c.GetAttempts()[0].GetNote())

	for role, reads := range map[authv1.Role]bool{
		authv1.Role_AGENT: true, authv1.Role_SUPERVISOR: true, authv1.Role_MANAGER: true, authv1.Role_EXECUTIVE: true,
		authv1.Role_SERVICE: true, authv1.Role_HR: false, authv1.Role_AUDITOR: false, authv1.Role_OPERATOR: false,
	} {
		client := followupv1.NewFollowupServiceClient(d.harness.Conn("agents/he", role))
		res, err := client.ListCallbacks(t.Context(), &followupv1.ListCallbacksRequest{Parent: complaint})
		require.NoError(t, err)
		require.Equal(t, reads, res.GetCallbacks()[0].GetAttempts()[0].GetNote() == secret, role)
	}

	// The event carries it under the same seal.
	for _, e := range d.events(t, complaint) {
		p, err := eventlog.Decode(e)
		require.NoError(t, err)
		if a := p.GetAttemptRecorded(); a != nil {
			require.Equal(t, customer, a.GetNote().GetCustomer())
			key, err := dataKey(customer)
			require.NoError(t, err)
			note, err := key.Open(a.GetNote().GetCiphertext(), a.GetAttempt()+"#note")
			require.NoError(t, err)
			require.Equal(t, secret, string(note))
		}
	}
	requireNoTrace(t, d.db, secret)
}

// requireNoTrace looks for a text in all that the database has on disk.
func requireNoTrace(t *testing.T, db *sqldb.DB, text string) {
	t.Helper()
	var file string
	require.NoError(t, db.Read(t.Context(), func(ctx context.Context, tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&file)
	}))
	for _, name := range []string{file, file + "-wal"} {
		content, err := os.ReadFile(name)
		require.NoError(t, err)
		require.NotEmpty(t, content)
		require.False(t, bytes.Contains(content, []byte(text)), name)
	}
}

func TestKeysThatCannotBeHad(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	req := attempt(complaint+"/callbacks/1", followupv1.Attempt_NO_ANSWER, time.Time{})
	req.Note = "rang for long"
	_, err := d.agent.RecordAttempt(t.Context(), req)
	require.NoError(t, err)
	list := &followupv1.ListCallbacksRequest{Parent: complaint}

	d.keys.fail(errErased())
	res, err := d.agent.ListCallbacks(t.Context(), list)
	require.NoError(t, err)
	require.Empty(t, res.GetCallbacks()[0].GetAttempts()[0].GetNote())
	_, err = d.agent.RecordAttempt(t.Context(), req)
	rpctest.RequireReason(t, err, codes.NotFound, intakev1.ErrorReason_DATA_KEY_NOT_FOUND.String())

	d.keys.fail(errBroken())
	_, err = d.agent.ListCallbacks(t.Context(), list)
	require.Error(t, err)
	_, err = d.agent.RecordAttempt(t.Context(), req)
	require.Error(t, err)
	require.Len(t, d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{}).GetAttempts(), 2, "no note needs no key")
}

// TestSettleRacesAttempt has the timer fire while agents record: whoever comes
// first, the verdict is what the recorded times say.
func TestSettleRacesAttempt(t *testing.T) {
	covers.Requirement(t, "CLK-1", "CALL-2")
	t.Parallel()
	d := newDesk(t)
	due := start().Add(24 * time.Hour)
	var complaints []string
	for range 10 {
		complaints = append(complaints, d.receive(t))
	}
	d.clock.Set(due.Add(time.Minute))
	var wg sync.WaitGroup
	failed := make(chan error, 100)
	for _, complaint := range complaints {
		settle := func() {
			_, err := d.worker.SettleDuty(t.Context(), &followupv1.SettleDutyRequest{Name: complaint + "/duties/1-callback"})
			failed <- err
		}
		record := func(at time.Time) func() {
			return func() {
				_, err := d.agent.RecordAttempt(t.Context(), attempt(complaint+"/callbacks/1", followupv1.Attempt_REACHED, at))
				failed <- err
			}
		}
		for _, act := range []func(){settle, record(due.Add(-time.Minute)), settle, record(due.Add(time.Second))} {
			wg.Go(act)
		}
	}
	wg.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	for _, complaint := range complaints {
		duty := d.duties(t, complaint)["1-callback"]
		require.Equal(t, met, duty.GetVerdict())
		require.Equal(t, followupv1.Duty_KEPT, duty.GetState())
		// The record tells one story: what it says last is how the duty stands, and it
		// was told MISSED at most once.
		settled := d.settled(t, complaint, "1-callback")
		require.Equal(t, met, settled[len(settled)-1].GetVerdict())
		require.Equal(t, duty.GetCorrected(), settled[len(settled)-1].GetCorrection())
		told := 0
		for _, s := range settled {
			if s.GetVerdict() == missed {
				told++
			}
		}
		require.LessOrEqual(t, told, 1)
	}
}
