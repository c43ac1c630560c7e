package intake_test

import (
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	errorv1 "github.com/redress-dev/redress/gen/redress/error/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// assignment is an event as routing records it.
func assignment(t *testing.T, complaint, department, assignee string) *eventv1.Event {
	t.Helper()
	payload, err := proto.Marshal(&eventv1.Payload{Kind: &eventv1.Payload_ComplaintAssigned{ComplaintAssigned: &eventv1.ComplaintAssigned{
		Department: department, Assignee: assignee, Reason: "least load",
	}}})
	require.NoError(t, err)
	return &eventv1.Event{
		EventId: uuid.Must(uuid.NewV7()).String(), Source: "routing", Subject: complaint, Cycle: 1, Type: "complaint_assigned",
		Actor: "services/routing", RecordTime: timestamppb.New(begin), Payload: payload,
	}
}

func TestWholeLife(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2", "CLK-4")
	f := newFixture(t)
	c := f.file()
	f.assign(c.GetName(), "departments/logistics", "agents/he")
	c = f.get(c.GetName())
	require.Equal(t, intakev1.Complaint_ACTIVE, c.GetState())
	require.Equal(t, "departments/logistics", c.GetDepartment())
	require.Equal(t, "agents/he", c.GetAssignee())

	f.pass(time.Hour)
	c = f.resolve(c.GetName())
	require.Equal(t, intakev1.Complaint_RESOLVING, c.GetState())
	require.Equal(t, intakev1.Complaint_OUTCOME_UNSPECIFIED, c.GetOutcome())
	require.NotEmpty(t, c.GetResolution())
	first := f.lastRequest(c.GetName())
	for range 2 {
		var err error
		c, err = f.worker.RefuseResolution(t.Context(), &intakev1.RefuseResolutionRequest{
			Name: c.GetName(), RequestId: first, Objections: []string{"a callback is still owed"},
		})
		require.NoError(t, err)
		require.Equal(t, intakev1.Complaint_ACTIVE, c.GetState())
		require.Equal(t, []string{"a callback is still owed"}, c.GetObjections())
		require.Empty(t, c.GetResolution())
	}

	c = f.resolve(c.GetName())
	require.Empty(t, c.GetObjections())
	f.pass(time.Minute)
	confirmed := f.confirm(c.GetName())
	require.Equal(t, intakev1.Complaint_RESOLVED, confirmed.GetState())
	require.Equal(t, intakev1.Complaint_REMEDIED, confirmed.GetOutcome())
	requireSame(t, timestamppb.New(f.now()), confirmed.GetResolveTime())
	requireSame(t, confirmed, f.confirm(c.GetName()))

	c, err := f.agent.CloseComplaint(t.Context(), &intakev1.CloseComplaintRequest{Name: c.GetName(), Reason: "done"})
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_CLOSED, c.GetState())
	require.Equal(t, intakev1.Complaint_REMEDIED, c.GetOutcome())
	require.NotEmpty(t, c.GetResolution())

	f.pass(time.Hour)
	c, err = f.public.ReopenComplaint(t.Context(), &intakev1.ReopenComplaintRequest{Name: c.GetName(), Reason: "还是没有发货"})
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_ACTIVE, c.GetState())
	require.Equal(t, intakev1.Complaint_OUTCOME_UNSPECIFIED, c.GetOutcome())
	require.EqualValues(t, 2, c.GetCycle())
	require.Empty(t, f.get(c.GetName()).GetResolution(), "nothing was told in this cycle yet")
	require.Len(t, f.get(c.GetName()).GetEndedCycles(), 1, "whoever goes on with it reads what was told before")
	requireSame(t, &intakev1.EndedCycle{Cycle: 1, Outcome: intakev1.Complaint_REMEDIED, Resolution: confirmed.GetResolution()}, f.get(c.GetName()).GetEndedCycles()[0])
	masked, err := f.auditor.GetComplaint(t.Context(), &intakev1.GetComplaintRequest{Name: c.GetName()})
	require.NoError(t, err)
	require.Empty(t, masked.GetEndedCycles())
	require.Nil(t, c.GetResolveTime())
	require.Nil(t, c.GetCloseTime())
	targets, err := f.policy.Targets(policyv1.Severity_NORMAL, f.now())
	require.NoError(t, err)
	requireSame(t, timestamppb.New(targets.Callback), c.GetTargets().GetCallback())
	requireSame(t, timestamppb.New(begin), c.GetReceiveTime())

	require.Equal(t, []string{
		"complaint_received", "complaint_activated", "resolution_requested", "resolution_refused", "resolution_requested",
		"complaint_resolved", "complaint_closed", "complaint_reopened",
	}, f.types(c.GetName()))
	payloads, events := f.payloads(c.GetName()), f.log(c.GetName())
	require.Equal(t, "services/routing", events[1].GetActor())
	require.Equal(t, "agents/he", payloads[1].GetComplaintActivated().GetAssignee())
	require.Equal(t, "REMEDIED", payloads[2].GetResolutionRequested().GetOutcome())
	require.Equal(t, []string{"a callback is still owed"}, payloads[3].GetResolutionRefused().GetObjections())
	resolved := payloads[5].GetComplaintResolved()
	require.Equal(t, f.lastRequest(c.GetName()), resolved.GetRequestId())
	require.Equal(t, "REMEDIED", resolved.GetOutcome())
	requireSame(t, timestamppb.New(begin.Add(time.Hour)), resolved.GetRequestTime())
	require.Equal(t, "REMEDIED", payloads[6].GetComplaintClosed().GetOutcome())
	reopened := payloads[7].GetComplaintReopened()
	require.EqualValues(t, 2, events[7].GetCycle())
	require.Equal(t, "frontends/web", events[7].GetActor())
	require.Equal(t, c.GetReference(), reopened.GetReference())
	require.Equal(t, c.GetCustomer(), reopened.GetCustomer())
	require.Equal(t, "zh-Hans", reopened.GetLanguageCode())
	requireSame(t, timestamppb.New(targets.Resolution), reopened.GetTargets().GetResolution())
	reason, err := f.key(c.GetCustomer()).Open(reopened.GetReason().GetCiphertext(), c.GetName()+"#reopening-2")
	require.NoError(t, err)
	require.Equal(t, "还是没有发货", string(reason))
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-4")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_RESOLVING)
	request := f.lastRequest(c.GetName())
	got, err := f.public.WithdrawComplaint(t.Context(), &intakev1.WithdrawComplaintRequest{Name: c.GetName(), Reason: "solved itself"})
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_CLOSED, got.GetState())
	require.Equal(t, intakev1.Complaint_WITHDRAWN, got.GetOutcome())
	requireSame(t, c.GetTargets(), got.GetTargets())
	require.Empty(t, f.get(c.GetName()).GetResolution(), "what was only asked for was not told")
	require.Equal(t, "+86*******5678", got.GetComplainant().GetPhone(), "a front end does not see what it did not send")
	_, err = f.worker.ConfirmResolution(t.Context(), &intakev1.ConfirmResolutionRequest{Name: c.GetName(), RequestId: request})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_RESOLUTION_NOT_PENDING)
}

func TestCloseAsNoComplaint(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REC-1")
	f := newFixture(t)
	c, err := f.agent.CloseComplaint(t.Context(), &intakev1.CloseComplaintRequest{
		Name: f.file().GetName(), Outcome: intakev1.Complaint_NOT_A_COMPLAINT, Reason: "an enquiry",
	})
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_CLOSED, c.GetState())
	require.Equal(t, intakev1.Complaint_NOT_A_COMPLAINT, c.GetOutcome())
	require.Equal(t, "NOT_A_COMPLAINT", f.payloads(c.GetName())[1].GetComplaintClosed().GetOutcome())
}

// commands are all that a caller may do to a complaint by name.
func (f *fixture) commands(name, etag string) map[string]func() error {
	ctx := f.t.Context()
	return map[string]func() error{
		"withdraw": func() error {
			_, err := f.agent.WithdrawComplaint(ctx, &intakev1.WithdrawComplaintRequest{Name: name, Etag: etag})
			return err
		},
		"resolve": func() error {
			_, err := f.agent.ResolveComplaint(ctx, &intakev1.ResolveComplaintRequest{
				Name: name, Etag: etag, Outcome: intakev1.Complaint_EXPLAINED, Resolution: "x",
			})
			return err
		},
		"close": func() error {
			_, err := f.agent.CloseComplaint(ctx, &intakev1.CloseComplaintRequest{Name: name, Etag: etag})
			return err
		},
		"reopen": func() error {
			_, err := f.agent.ReopenComplaint(ctx, &intakev1.ReopenComplaintRequest{Name: name, Etag: etag, Reason: "x"})
			return err
		},
		"update": func() error {
			_, err := f.agent.UpdateComplaint(ctx, &intakev1.UpdateComplaintRequest{
				Complaint: &intakev1.Complaint{Name: name, Etag: etag, Notes: "x"},
			})
			return err
		},
	}
}

func TestStateForbids(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for state, commands := range map[intakev1.Complaint_State]map[string]string{
		intakev1.Complaint_RECEIVED:  {"close": "RESOLVED", "reopen": "RESOLVED, CLOSED"},
		intakev1.Complaint_RESOLVING: {"resolve": "RECEIVED, ACTIVE", "close": "RESOLVED"},
		intakev1.Complaint_CLOSED:    {"withdraw": "RECEIVED, ACTIVE, RESOLVING", "resolve": "RECEIVED, ACTIVE"},
	} {
		c := f.in(state)
		for name, wanted := range commands {
			err := f.commands(c.GetName(), "")[name]()
			refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_STATE_FORBIDS)
			info, ok := status.Convert(err).Details()[0].(*errdetails.ErrorInfo)
			require.True(t, ok)
			require.Equal(t, map[string]string{"state": state.String(), "wanted": wanted}, info.GetMetadata())
		}
		requireSame(t, c, f.get(c.GetName()))
	}
}

func TestEtag(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_ACTIVE)
	for name, command := range f.commands(c.GetName(), `"0"`) {
		rpctest.RequireReason(t, command(), codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
		require.Equal(t, c.GetEtag(), f.get(c.GetName()).GetEtag(), name)
	}
	require.NoError(t, f.commands(c.GetName(), c.GetEtag())["update"]())
	changed := f.get(c.GetName())
	require.NotEqual(t, c.GetEtag(), changed.GetEtag())
	rpctest.RequireReason(t, f.commands(c.GetName(), c.GetEtag())["resolve"](), codes.Aborted, errorv1.Reason_ETAG_MISMATCH.String())
	require.NoError(t, f.commands(c.GetName(), changed.GetEtag())["resolve"]())
}

func TestCommandsAreCarriedOutOnce(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "API-1")
	f := newFixture(t)
	c := f.in(intakev1.Complaint_ACTIVE)
	ctx := rpctest.WithKey(t.Context(), "key-1")
	req := &intakev1.WithdrawComplaintRequest{Name: c.GetName(), Etag: c.GetEtag()}
	first, err := f.agent.WithdrawComplaint(ctx, req)
	require.NoError(t, err)
	again, err := f.agent.WithdrawComplaint(ctx, req)
	require.NoError(t, err, "neither state nor etag stand in the way of a repetition")
	requireSame(t, first, again)
}

func TestUnknownComplaint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	calls := f.commands(nobody, "")
	ctx := t.Context()
	calls["get"] = func() error {
		_, err := f.agent.GetComplaint(ctx, &intakev1.GetComplaintRequest{Name: nobody})
		return err
	}
	calls["cycle"] = func() error {
		_, err := f.worker.GetCycle(ctx, &intakev1.GetCycleRequest{Name: nobody, Cycle: 1})
		return err
	}
	calls["contact"] = func() error {
		_, err := f.worker.GetContact(ctx, &intakev1.GetContactRequest{Name: nobody})
		return err
	}
	calls["confirm"] = func() error {
		_, err := f.worker.ConfirmResolution(ctx, &intakev1.ConfirmResolutionRequest{Name: nobody, RequestId: "r"})
		return err
	}
	calls["refuse"] = func() error {
		_, err := f.worker.RefuseResolution(ctx, &intakev1.RefuseResolutionRequest{Name: nobody, RequestId: "r", Objections: []string{"x"}})
		return err
	}
	calls["message"] = func() error {
		_, err := f.agent.CreateMessage(ctx, &intakev1.CreateMessageRequest{
			Parent: nobody, Message: &intakev1.Message{Author: intakev1.Message_AGENT, Text: "x"},
		})
		return err
	}
	calls["messages"] = func() error {
		_, err := f.agent.ListMessages(ctx, &intakev1.ListMessagesRequest{Parent: nobody})
		return err
	}
	calls["assigned"] = func() error {
		_, err := f.sink.ApplyEvent(ctx, &eventv1.ApplyEventRequest{Event: assignment(t, nobody, "departments/quality", "")})
		return err
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			rpctest.RequireReason(t, call(), codes.NotFound, errorv1.Reason_COMPLAINT_NOT_FOUND.String())
		})
	}
}

func TestResolutionNotPending(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.in(intakev1.Complaint_RESOLVING)
	_, err := f.worker.ConfirmResolution(t.Context(), &intakev1.ConfirmResolutionRequest{Name: c.GetName(), RequestId: "another"})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_RESOLUTION_NOT_PENDING)
	_, err = f.worker.RefuseResolution(t.Context(), &intakev1.RefuseResolutionRequest{
		Name: c.GetName(), RequestId: "another", Objections: []string{"x"},
	})
	refused(t, err, codes.FailedPrecondition, intakev1.ErrorReason_RESOLUTION_NOT_PENDING)
	require.Equal(t, intakev1.Complaint_RESOLVING, f.get(c.GetName()).GetState())
}

// A complaint may be resolved before anybody is in charge. When that is refused,
// the assignment that comes later activates it as any other.
func TestRefusedBeforeAssignment(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CALL-2")
	f := newFixture(t)
	c := f.file()
	f.resolve(c.GetName())
	c, err := f.worker.RefuseResolution(t.Context(), &intakev1.RefuseResolutionRequest{
		Name: c.GetName(), RequestId: f.lastRequest(c.GetName()), Objections: []string{"a callback is still owed"},
	})
	require.NoError(t, err)
	require.Equal(t, intakev1.Complaint_RECEIVED, c.GetState())
	require.Equal(t, []string{"a callback is still owed"}, c.GetObjections())

	f.assign(c.GetName(), "departments/logistics", "agents/he")
	require.Equal(t, intakev1.Complaint_ACTIVE, f.get(c.GetName()).GetState())
	require.Equal(t, []string{
		"complaint_received", "resolution_requested", "resolution_refused", "complaint_activated",
	}, f.types(c.GetName()))
}

func TestAssignmentsAreAppliedOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.file()
	event := f.assign(c.GetName(), "departments/logistics", "")
	f.assign(c.GetName(), "departments/quality", "agents/xu")
	resp, err := f.sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: event})
	require.NoError(t, err)
	require.False(t, resp.GetFirst())
	require.Equal(t, "departments/quality", f.get(c.GetName()).GetDepartment(), "a late double changes nothing")
	require.Equal(t, []string{"complaint_received", "complaint_activated"}, f.types(c.GetName()))

	// Facts that intake has no use for are noted and have no effect.
	payload, err := proto.Marshal(&eventv1.Payload{Kind: &eventv1.Payload_DutyOpened{DutyOpened: &eventv1.DutyOpened{}}})
	require.NoError(t, err)
	event = assignment(t, c.GetName(), "", "")
	event.Type, event.Payload = "duty_opened", payload
	for _, first := range []bool{true, false} {
		resp, err = f.sink.ApplyEvent(t.Context(), &eventv1.ApplyEventRequest{Event: event})
		require.NoError(t, err)
		require.Equal(t, first, resp.GetFirst())
	}
}
