package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhomAComplaintIsAboutHandlesNoneOfItsClocks, whether that was said when it was filed or turned out later.
func TestWhomAComplaintIsAboutHandlesNoneOfItsClocks(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "CLK-3", "ROUTE-2")
	d, complaint := bank(t)
	answer := d.said(t, complaint, "answer", eventv1.MessageRecorded_AGENT, 0)
	_, err := d.pause(t, complaint)
	require.NoError(t, err)
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_TargetNamed{TargetNamed: &eventv1.TargetNamed{
		TargetAgents: []string{"agents/lin"},
	}}})
	before := d.duties(t, complaint)
	_, paused := d.pause(t, complaint)
	_, resumed := d.resume(t, complaint)
	_, extended := d.extend(t, complaint, finalResponse)
	_, given := d.respond(t, complaint, finalResponse, answer)
	for _, err := range []error{paused, resumed, extended, given} {
		rpctest.RequireReason(t, err, codes.PermissionDenied, followupv1.ErrorReason_AGENT_RECUSED.String())
	}
	require.Equal(t, before, d.duties(t, complaint))

	own := "complaints/" + d.ids.ID()
	p := d.received(t, policyv1.Severity_NORMAL)
	p.GetComplaintReceived().TargetAgent = "agents/lin"
	d.happens(t, own, 1, p)
	_, err = d.pause(t, own)
	rpctest.RequireReason(t, err, codes.PermissionDenied, followupv1.ErrorReason_AGENT_RECUSED.String())
}

// TestWhomAComplaintIsAboutHandlesNoneOfItsMessages: they neither say that one came back, or that it did for a time only, nor have one sent again.
func TestWhomAComplaintIsAboutHandlesNoneOfItsMessages(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REM-6", "ROUTE-2")
	p := newPost(t)
	_, err := p.worker.SendLetter(t.Context(), p.letter(0))
	require.NoError(t, err)
	name := p.complaint + "/notifications/letter-1-resolved"
	wu := followupv1.NewNotificationServiceClient(p.harness.Conn("agents/wu", authv1.Role_SUPERVISOR))
	p.happens(t, p.complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_TargetNamed{TargetNamed: &eventv1.TargetNamed{
		TargetAgents: []string{"agents/wu"},
	}}})
	refused := func(err error) {
		t.Helper()
		rpctest.RequireReason(t, err, codes.PermissionDenied, followupv1.ErrorReason_AGENT_RECUSED.String())
	}
	report := &followupv1.ReportBounceRequest{Name: name, Status: "5.1.1"}
	_, err = wu.ReportBounce(t.Context(), report)
	refused(err)
	require.Empty(t, payloads(t, p, (*eventv1.Payload).GetMessageBounced))

	res, err := p.messages.ReportBounce(t.Context(), report)
	require.NoError(t, err)
	require.Equal(t, followupv1.Notification_BOUNCED, res.GetNotification().GetState())
	_, err = wu.ReportBounce(t.Context(), &followupv1.ReportBounceRequest{Name: name, Temporary: true})
	refused(err)
	require.Len(t, payloads(t, p, (*eventv1.Payload).GetMessageBounced), 1)

	p.reachedAt("new@example.net", "", "")
	again := &followupv1.RedriveNotificationRequest{Name: name}
	_, err = wu.RedriveNotification(t.Context(), again)
	refused(err)
	_, err = p.messages.RedriveNotification(t.Context(), again)
	require.NoError(t, err)
}

// TestWhomAComplaintIsAboutPromisesNothingInIt: what they said a colleague puts on record, since it is owed (PROM-1).
func TestWhomAComplaintIsAboutPromisesNothingInIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "PROM-1")
	d, complaint := bank(t)
	d.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_TargetNamed{TargetNamed: &eventv1.TargetNamed{
		TargetAgents: []string{"agents/lin"},
	}}})
	words := d.saidOnce(48 * time.Hour)
	words.Speaker = "agents/lin"
	for _, validateOnly := range []bool{true, false} {
		_, err := d.promises().CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{Parent: complaint, Promise: words, ValidateOnly: validateOnly})
		rpctest.RequireReason(t, err, codes.PermissionDenied, followupv1.ErrorReason_AGENT_RECUSED.String())
	}
	require.Empty(t, d.list(t, complaint, ""))
	colleague := followupv1.NewPromiseServiceClient(d.harness.Conn("agents/wu", authv1.Role_AGENT))
	p, err := colleague.CreatePromise(t.Context(), &followupv1.CreatePromiseRequest{Parent: complaint, Promise: words})
	require.NoError(t, err)
	require.Equal(t, "agents/lin", p.GetSpeaker())
}
