package followup_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	"github.com/redress-dev/redress/services/internal/eventlog"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

const unheard = "complaints/0198c1b00000700080000000ab"

func TestSettleDutyAnswers(t *testing.T) {
	covers.Requirement(t, "CLK-1", "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	due := start().Add(24 * time.Hour)
	d.clock.Set(due.Add(-time.Microsecond))
	early := d.settle(t, complaint, "1-callback")
	require.Equal(t, followupv1.Settlement_NOT_DUE, early.GetAnswer())
	require.Equal(t, due, early.GetRetryTime().AsTime())
	require.Empty(t, d.settled(t, complaint, "1-callback"))

	// The question comes an hour late: the breach is at the due time all the same.
	d.clock.Set(due.Add(time.Hour))
	for range 3 {
		broken := d.settle(t, complaint, "1-callback")
		require.Equal(t, followupv1.Settlement_MISSED, broken.GetAnswer())
		require.Nil(t, broken.GetRetryTime())
		require.Equal(t, due, broken.GetDuty().GetDueTime().AsTime())
		require.Equal(t, due.Add(time.Hour), broken.GetDuty().GetSettleTime().AsTime())
		require.True(t, broken.GetDuty().GetBreached())
		require.True(t, broken.GetDuty().GetOverdue())
	}
	settled := d.settled(t, complaint, "1-callback")
	require.Len(t, settled, 1, "recorded once")
	require.Equal(t, due, settled[0].GetDueTime().AsTime())
	require.Nil(t, settled[0].GetFactTime())
	require.False(t, settled[0].GetCorrection())

	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Equal(t, followupv1.Settlement_MET_LATE, d.settle(t, complaint, "1-callback").GetAnswer())
	require.True(t, d.duties(t, complaint)["1-callback"].GetBreached(), "the breach is kept")
	settled = d.settled(t, complaint, "1-callback")
	require.Equal(t, []bool{true, false}, []bool{settled[0].GetNewlyBroken(), settled[1].GetNewlyBroken()}, "broken once")
	unnoticed := d.settled(t, complaint, "1-contact")
	require.Len(t, unnoticed, 1)
	require.True(t, unnoticed[0].GetNewlyBroken(), "met late before anybody asked")
	require.WithinDuration(t, start(), unnoticed[0].GetOpenTime().AsTime(), time.Microsecond, "when the clock began")
	kept := d.receive(t)
	d.attempt(t, kept, followupv1.Attempt_REACHED, time.Time{})
	require.Equal(t, followupv1.Settlement_MET, d.settle(t, kept, "1-callback").GetAnswer())
	released := d.receive(t)
	d.happens(t, released, 1, closed(intakev1.Complaint_WITHDRAWN))
	require.Equal(t, followupv1.Settlement_RELEASED, d.settle(t, released, "1-callback").GetAnswer())
}

func TestDutiesThatAreNotThere(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	complaint, fresh := d.receive(t), "complaints/"+d.ids.ID()
	at := timestamppb.New(start())
	for name, test := range map[string]struct {
		duty   string
		code   codes.Code
		reason string
	}{
		"no such kind":  {complaint + "/duties/1-apology", codes.NotFound, followupv1.ErrorReason_DUTY_NOT_FOUND.String()},
		"no number":     {complaint + "/duties/callback", codes.NotFound, followupv1.ErrorReason_DUTY_NOT_FOUND.String()},
		"no such cycle": {complaint + "/duties/3-callback", codes.NotFound, followupv1.ErrorReason_DUTY_NOT_FOUND.String()},
		"next cycle":    {complaint + "/duties/2-callback", codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
		"not known yet": {fresh + "/duties/1-callback", codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
		"no complaint":  {unheard + "/duties/1-callback", codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String()},
	} {
		_, err := d.worker.SettleDuty(t.Context(), &followupv1.SettleDutyRequest{Name: test.duty})
		rpctest.RequireReason(t, err, test.code, test.reason)
		_, err = d.worker.WarnDuty(t.Context(), &followupv1.WarnDutyRequest{Name: test.duty, WarnTime: at})
		rpctest.RequireReason(t, err, test.code, test.reason)
		require.NotEmpty(t, name)
	}
	_, err := d.agent.SettleDuty(t.Context(), &followupv1.SettleDutyRequest{Name: complaint + "/duties/1-callback"})
	rpctest.RequireReason(t, err, codes.PermissionDenied, errorv1.Reason_ROLE_NOT_ALLOWED.String())

	// An id that was fresh once is not fresh for ever.
	d.clock.Set(start().Add(time.Hour))
	_, err = d.worker.SettleDuty(t.Context(), &followupv1.SettleDutyRequest{Name: fresh + "/duties/1-callback"})
	rpctest.RequireReason(t, err, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
}

func TestWarnDutyIsOnRecordOnce(t *testing.T) {
	covers.Requirement(t, "CALL-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	name := complaint + "/duties/1-callback"
	times := d.duties(t, complaint)["1-callback"].GetWarnTimes()
	for i, at := range times {
		for range 2 {
			duty, err := d.worker.WarnDuty(t.Context(), &followupv1.WarnDutyRequest{Name: name, WarnTime: at, Waiting: i == 1})
			require.NoError(t, err)
			require.Equal(t, name, duty.GetName())
		}
	}
	require.Equal(t, []string{"duty_warned", "duty_warned"}, d.types(t, complaint)[5:])
	for i, e := range d.events(t, complaint)[5:] {
		p, err := eventlog.Decode(e)
		require.NoError(t, err)
		require.Equal(t, i == 1, p.GetDutyWarned().GetWaiting(), "it says whether the owner was told")
	}

	for _, at := range []*timestamppb.Timestamp{timestamppb.New(start()), {Nanos: -1}} {
		_, err := d.worker.WarnDuty(t.Context(), &followupv1.WarnDutyRequest{Name: name, WarnTime: at})
		rpctest.RequireReason(t, err, codes.InvalidArgument, followupv1.ErrorReason_WARN_TIME_UNKNOWN.String())
	}

	other := d.receive(t)
	d.attempt(t, other, followupv1.Attempt_REACHED, time.Time{})
	events := d.types(t, other)
	duty, err := d.worker.WarnDuty(t.Context(), &followupv1.WarnDutyRequest{Name: other + "/duties/1-callback", WarnTime: times[0]})
	require.NoError(t, err)
	require.Equal(t, followupv1.Duty_KEPT, duty.GetState())
	require.Equal(t, events, d.types(t, other), "nobody is warned of what is kept")
}

func TestCheckResolution(t *testing.T) {
	covers.Requirement(t, "CALL-2")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	check := func(complaint string, cycle int32) []string {
		res, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: complaint, Cycle: cycle})
		require.NoError(t, err)
		return res.GetObjections()
	}
	owed := []string{"The callback of cycle 1 is still owed (due 2026-01-06T02:00:00Z): make it, or record the conversation that " +
		"resolves the matter as a REACHED attempt."}
	require.Equal(t, owed, check(complaint, 1))
	d.attempt(t, complaint, followupv1.Attempt_NO_ANSWER, time.Time{})
	require.Equal(t, owed, check(complaint, 1))
	d.clock.Set(start().Add(25 * time.Hour))
	d.settle(t, complaint, "1-callback")
	require.Equal(t, owed, check(complaint, 1), "also when it is broken")
	d.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{})
	require.Empty(t, check(complaint, 1), "nothing else objects, though three duties are open")

	d.happens(t, complaint, 2, d.reopened(t))
	require.Empty(t, check(complaint, 1))
	require.Len(t, check(complaint, 2), 1)

	for _, test := range []struct {
		complaint string
		cycle     int32
		code      codes.Code
		reason    string
	}{
		{complaint, 3, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
		{complaint, 4, codes.NotFound, followupv1.ErrorReason_DUTY_NOT_FOUND.String()},
		{unheard, 1, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String()},
		{"complaints/" + d.ids.ID(), 1, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN.String()},
	} {
		_, err := d.worker.CheckResolution(t.Context(), &followupv1.CheckResolutionRequest{Complaint: test.complaint, Cycle: test.cycle})
		rpctest.RequireReason(t, err, test.code, test.reason)
	}
}

func TestListDuties(t *testing.T) {
	covers.Requirement(t, "CLK-1")
	t.Parallel()
	d := newDesk(t)
	complaint := d.receive(t)
	res, err := d.agent.ListDuties(t.Context(), &followupv1.ListDutiesRequest{Parent: complaint})
	require.NoError(t, err)
	var names []string
	for _, duty := range res.GetDuties() {
		names = append(names, duty.GetName()[len(complaint+"/duties/"):])
	}
	require.Equal(t, []string{"1-acknowledge", "1-contact", "1-first-response", "1-callback", "1-resolution"}, names)
	res, err = d.agent.ListDuties(t.Context(), &followupv1.ListDutiesRequest{Parent: complaint, Cycle: 7})
	require.NoError(t, err)
	require.Empty(t, res.GetDuties())

	// Overdue needs no timer: it is true a microsecond after the due time.
	contact := start().Add(15 * time.Minute)
	d.clock.Set(contact)
	require.False(t, d.duties(t, complaint)["1-contact"].GetOverdue())
	d.clock.Set(contact.Add(time.Microsecond))
	require.True(t, d.duties(t, complaint)["1-contact"].GetOverdue())

	for parent, reason := range map[string]struct {
		code   codes.Code
		reason errorv1.Reason
	}{
		unheard:                    {codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND},
		"complaints/" + d.ids.ID(): {codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN},
		"duties":                   {codes.InvalidArgument, errorv1.Reason_INVALID_FIELD},
	} {
		_, err := d.agent.ListDuties(t.Context(), &followupv1.ListDutiesRequest{Parent: parent})
		rpctest.RequireReason(t, err, reason.code, reason.reason.String())
	}
}

func TestListCallbacks(t *testing.T) {
	covers.Requirement(t, "CLK-1", "CALL-1")
	t.Parallel()
	d := newDesk(t)
	var complaints []string
	for i := range 5 {
		d.clock.Set(start().Add(time.Duration(i) * time.Hour))
		complaints = append(complaints, d.receive(t))
	}
	d.attempt(t, complaints[1], followupv1.Attempt_REACHED, time.Time{})
	list := func(req *followupv1.ListCallbacksRequest) ([]string, string) {
		res, err := d.agent.ListCallbacks(t.Context(), req)
		require.NoError(t, err)
		names := []string{}
		for _, c := range res.GetCallbacks() {
			names = append(names, c.GetName()[:len(complaints[0])])
		}
		return names, res.GetNextPageToken()
	}
	for _, parent := range []string{"", "complaints/-"} {
		names, next := list(&followupv1.ListCallbacksRequest{Parent: parent})
		require.Equal(t, complaints, names, "the next due first")
		require.Empty(t, next)
	}
	names, _ := list(&followupv1.ListCallbacksRequest{Parent: complaints[3]})
	require.Equal(t, complaints[3:4], names)

	// Pages; a token fits its own list only.
	var walked []string
	req := &followupv1.ListCallbacksRequest{PageSize: 2, Filter: "state = OPEN"}
	for {
		names, next := list(req)
		walked = append(walked, names...)
		if req.PageToken = next; next == "" {
			break
		}
		_, err := d.agent.ListCallbacks(t.Context(), &followupv1.ListCallbacksRequest{PageToken: next})
		rpctest.RequireReason(t, err, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID.String())
	}
	require.Equal(t, []string{complaints[0], complaints[2], complaints[3], complaints[4]}, walked)

	// Overdue is exact at the moment of reading, in the answer and in the filter.
	due := start().Add(26 * time.Hour)
	overdue := &followupv1.ListCallbacksRequest{Filter: "overdue = true"}
	d.clock.Set(due)
	names, _ = list(overdue)
	require.Equal(t, complaints[:1], names)
	d.clock.Set(due.Add(time.Microsecond))
	names, _ = list(overdue)
	require.Equal(t, []string{complaints[0], complaints[2]}, names)
	res, err := d.agent.ListCallbacks(t.Context(), overdue)
	require.NoError(t, err)
	require.True(t, res.GetCallbacks()[1].GetOverdue())
	names, _ = list(&followupv1.ListCallbacksRequest{
		Filter: fmt.Sprintf("state = \"OPEN\" AND due_time < %q", due.Add(2*time.Hour).Format(time.RFC3339)),
	})
	require.Equal(t, []string{complaints[0], complaints[2], complaints[3]}, names)

	for _, test := range []struct {
		req    *followupv1.ListCallbacksRequest
		code   codes.Code
		reason errorv1.Reason
	}{
		{&followupv1.ListCallbacksRequest{Filter: "note = 1"}, codes.InvalidArgument, errorv1.Reason_FILTER_INVALID},
		{&followupv1.ListCallbacksRequest{PageToken: "forged"}, codes.InvalidArgument, errorv1.Reason_PAGE_TOKEN_INVALID},
		{&followupv1.ListCallbacksRequest{PageSize: -1}, codes.InvalidArgument, errorv1.Reason_INVALID_FIELD},
		{&followupv1.ListCallbacksRequest{Parent: unheard}, codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND},
		{&followupv1.ListCallbacksRequest{Parent: "complaints/" + d.ids.ID()}, codes.Unavailable, errorv1.Reason_NOT_YET_KNOWN},
	} {
		_, err := d.agent.ListCallbacks(t.Context(), test.req)
		rpctest.RequireReason(t, err, test.code, test.reason.String())
	}
}
