package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

func decode(t *testing.T, e *eventv1.Event) *eventv1.Payload {
	t.Helper()
	p, err := eventlog.Decode(e)
	require.NoError(t, err)
	return p
}

// moves are the events that tell of other due or warn times.
func (d *desk) moves(t *testing.T, complaint string) []*eventv1.DutyRescheduled {
	t.Helper()
	var list []*eventv1.DutyRescheduled
	for _, e := range d.events(t, complaint) {
		if moved := decode(t, e).GetDutyRescheduled(); moved != nil {
			list = append(list, moved)
		}
	}
	return list
}

func TestAnotherTimeWithinTheDueTimeWarnsThen(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CLK-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	due := start().Add(24 * time.Hour)
	d.clock.Set(start().Add(time.Hour))
	at := start().Add(9 * time.Hour)
	c := d.ask(t, complaint, at, "")
	require.Equal(t, at, c.GetAgreedTime().AsTime())
	require.Equal(t, at, c.GetAttempts()[0].GetAgreedTime().AsTime())
	require.Equal(t, due, c.GetDueTime().AsTime(), "it is owed by when it was")
	require.Nil(t, c.GetWishedFromTime())
	moved := d.moves(t, complaint)
	require.Len(t, moved, 1)
	require.False(t, moved[0].GetWished())
	require.Equal(t, moved[0].GetPreviousDueTime().AsTime(), moved[0].GetDueTime().AsTime())
	var warned []time.Time
	for _, warn := range d.duties(t, complaint)["1-callback"].GetWarnTimes() {
		warned = append(warned, warn.AsTime())
	}
	require.Equal(t, []time.Time{at, due.Add(-4 * time.Hour), due.Add(-time.Hour)}, warned)
	d.clock.Set(at)
	require.Nil(t, d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{}).GetAgreedTime(), "it is over")
}

func TestCustomersOwnWishMovesTheDueTime(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CLK-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	due := start().Add(24 * time.Hour)
	d.clock.Set(start().Add(time.Hour))
	at := due.Add(48 * time.Hour)
	c := d.ask(t, complaint, at, "出差，周四再打给我")
	require.Equal(t, at, c.GetDueTime().AsTime())
	require.Equal(t, due, c.GetWishedFromTime().AsTime())
	require.Equal(t, "出差，周四再打给我", c.GetAttempts()[0].GetCustomersWish())
	moved := d.moves(t, complaint)
	require.Len(t, moved, 1)
	require.True(t, moved[0].GetWished())
	require.Equal(t, due, moved[0].GetPreviousDueTime().AsTime())
	duty := d.duties(t, complaint)["1-callback"]
	require.Equal(t, due, duty.GetWishedFromTime().AsTime())
	require.Contains(t, duty.GetWhy(), "The customer wished for that time; before that it was due at "+due.Format(time.RFC3339)+".")
	require.Equal(t, at.Add(-time.Hour), duty.GetWarnTimes()[len(duty.GetWarnTimes())-1].AsTime())

	d.clock.Set(due)
	require.Equal(t, followupv1.Settlement_NOT_DUE, d.settle(t, complaint, "1-callback").GetAnswer(), "what was due then is not")
	// A higher severity tightens what we owe, and not what the customer wished for.
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_SeverityChanged{SeverityChanged: &eventv1.SeverityChanged{
		Severity: policyv1.Severity_URGENT, Previous: policyv1.Severity_NORMAL, Targets: d.targets(t, policyv1.Severity_URGENT),
	}}})
	require.Equal(t, at, d.duties(t, complaint)["1-callback"].GetDueTime().AsTime())
	later := at.Add(24 * time.Hour)
	c = d.ask(t, complaint, later, "改天吧")
	require.Equal(t, later, c.GetDueTime().AsTime())
	require.Equal(t, due, c.GetWishedFromTime().AsTime(), "by when it was owed at first")
	d.clock.Set(later)
	require.Equal(t, met, d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{}).GetVerdict())
	require.Empty(t, d.callbackNotes(t, complaint, "agents/he", authv1.Role_AUDITOR))
}

// callbackNotes are the customer's wishes as somebody sees them.
func (d *desk) callbackNotes(t *testing.T, complaint, who string, role authv1.Role) string {
	t.Helper()
	res, err := followupv1.NewFollowupServiceClient(d.harness.Conn(who, role)).ListCallbacks(t.Context(), &followupv1.ListCallbacksRequest{Parent: complaint})
	require.NoError(t, err)
	words := ""
	for _, a := range res.GetCallbacks()[0].GetAttempts() {
		words += a.GetCustomersWish()
	}
	return words
}

// A wish without a word in it is nobody's, and moves nothing.
func TestBlankWishIsRefused(t *testing.T) {
	covers.Requirement(t, "CALL-1", "CLK-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	d.clock.Set(start().Add(time.Hour))
	for _, blank := range []string{" ", "\n\t", "\u3000", "\u200b"} {
		req := attempt(complaint+"/callbacks/1", followupv1.Attempt_RESCHEDULED, time.Time{})
		req.AgreedTime, req.CustomersWish = timestamppb.New(start().Add(13*24*time.Hour)), blank
		_, err := d.agent.RecordAttempt(t.Context(), req)
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD.String())
	}
	require.Equal(t, start().Add(24*time.Hour), d.duties(t, complaint)["1-callback"].GetDueTime().AsTime())
}

func TestWishChangesNothingOfWhatIsBroken(t *testing.T) {
	covers.Requirement(t, "CALL-2", "CLK-4")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	due := start().Add(24 * time.Hour)
	d.clock.Set(due.Add(time.Minute)) // Nobody has said yet that it is broken.
	c := d.ask(t, complaint, due.Add(time.Hour), "一小时后")
	require.Equal(t, due, c.GetDueTime().AsTime())
	require.Equal(t, due.Add(time.Hour), c.GetAgreedTime().AsTime())
	require.Empty(t, d.moves(t, complaint))
	require.Equal(t, followupv1.Settlement_MISSED, d.settle(t, complaint, "1-callback").GetAnswer())
	require.Equal(t, late, d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{}).GetVerdict())
}

func TestAgreedTimeIsRefused(t *testing.T) {
	covers.Requirement(t, "CALL-1")
	t.Parallel()
	now := start().Add(time.Hour)
	due := start().Add(24 * time.Hour)
	for name, test := range map[string]struct {
		outcome followupv1.Attempt_Outcome
		at      time.Time
		wish    string
		field   string
	}{
		"of another outcome":              {followupv1.Attempt_NO_ANSWER, due, "", "agreed_time"},
		"past":                            {followupv1.Attempt_RESCHEDULED, now, "", "agreed_time"},
		"after the due time without wish": {followupv1.Attempt_RESCHEDULED, due.Add(time.Microsecond), "", "customers_wish"},
		"too far":                         {followupv1.Attempt_RESCHEDULED, due.Add(336*time.Hour + time.Microsecond), "later", "agreed_time"},
		"another time without a time":     {followupv1.Attempt_RESCHEDULED, time.Time{}, "", "agreed_time"},
		"a wish without a time":           {followupv1.Attempt_RESCHEDULED, time.Time{}, "later", "agreed_time"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDesk(t)
			complaint := d.receive(t)
			d.clock.Set(now)
			req := attempt(complaint+"/callbacks/1", test.outcome, time.Time{})
			req.CustomersWish = test.wish
			if !test.at.IsZero() {
				req.AgreedTime = timestamppb.New(test.at)
			}
			_, err := d.agent.RecordAttempt(t.Context(), req)
			rpctest.RequireReason(t, err, codes.InvalidArgument, followupv1.ErrorReason_AGREED_TIME_INVALID.String())
			rpctest.RequireMetadata(t, err, "field", test.field)
			require.NotContains(t, d.types(t, complaint), "attempt_recorded")
		})
	}
}
