package followup_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	eventv1 "github.com/redress-dev/redress/gen/redress/event/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/rpc/rpctest"
)

// TestWhomAComplaintIsAboutDoesNotHandleIt: neither the callback nor what follows the resolution, also when they were named later (ROUTE-2).
func TestWhomAComplaintIsAboutDoesNotHandleIt(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "ROUTE-2", "CALL-2", "FUP-1", "FUP-3")
	for name, later := range map[string]bool{"when it was filed": false, "later": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAskingBy(t, oneContact)
			complaint, p := "complaints/"+a.ids.ID(), a.received(t, policyv1.Severity_NORMAL)
			if !later {
				p.GetComplaintReceived().TargetAgent = "agents/lin"
			}
			a.happens(t, complaint, 1, p)
			if later {
				a.happens(t, complaint, 1, &eventv1.Payload{Kind: &eventv1.Payload_TargetNamed{TargetNamed: &eventv1.TargetNamed{
					TargetAgents: []string{"agents/lin"},
				}}})
			}
			refused := func(err error) {
				t.Helper()
				rpctest.RequireReason(t, err, codes.PermissionDenied, followupv1.ErrorReason_AGENT_RECUSED.String())
			}
			lin, wu := a.callbacks("agents/lin", authv1.Role_AGENT), a.callbacks("agents/wu", authv1.Role_AGENT)
			callback := complaint + "/callbacks/1"
			_, err := lin.PlanCallback(t.Context(), &followupv1.PlanCallbackRequest{Name: callback, FullContact: true})
			refused(err)
			_, err = lin.GiveNotice(t.Context(), &followupv1.GiveNoticeRequest{Name: callback})
			refused(err)
			record := attempt(callback, followupv1.Attempt_REACHED, time.Time{})
			_, err = followupv1.NewFollowupServiceClient(a.harness.Conn("agents/lin", authv1.Role_AGENT)).RecordAttempt(t.Context(), record)
			refused(err)
			_, err = wu.PlanCallback(t.Context(), &followupv1.PlanCallbackRequest{Name: callback, FullContact: true})
			require.NoError(t, err)
			_, err = followupv1.NewFollowupServiceClient(a.harness.Conn("agents/wu", authv1.Role_AGENT)).RecordAttempt(t.Context(), record)
			require.NoError(t, err)

			a.happens(t, complaint, 1, resolved(a.clock.Now()))
			a.clock.Set(start().Add(20 * time.Hour))
			first := complaint + "/followUps/1-1"
			a.ask(t, first, policyv1.ContactWay_PHONE)
			answer := &followupv1.AnswerFollowUpRequest{
				Name: first, Outcome: followupv1.AnswerFollowUpRequest_REACHED, Way: policyv1.ContactWay_PHONE, Done: proto.Bool(true), Satisfaction: 5,
			}
			_, err = a.agents.AnswerFollowUp(t.Context(), answer)
			refused(err)
			said := a.wished(t, complaint)
			_, err = a.agents.StopFollowUps(t.Context(), &followupv1.StopFollowUpsRequest{
				Name: complaint, Wisher: followupv1.StopFollowUpsRequest_CUSTOMER, Evidence: said,
			})
			refused(err)
			_, err = a.messages(t).StopSurveys(t.Context(), &followupv1.StopSurveysRequest{Name: complaint, Evidence: said})
			refused(err)
			_, err = a.messages(t).AllowSurveys(t.Context(), &followupv1.AllowSurveysRequest{Name: complaint})
			refused(err)
			_, err = followupv1.NewSeriesServiceClient(a.harness.Conn("agents/wu", authv1.Role_AGENT)).AnswerFollowUp(t.Context(), answer)
			require.NoError(t, err)
		})
	}
}

// TestOnlyTheCustomerEndsSurveys: what does not show it is refused, and a supervisor notes what was said otherwise (FUP-3).
func TestOnlyTheCustomerEndsSurveys(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "FUP-3")
	a := newAsking(t)
	complaint := a.receive(t)
	stop := func(client followupv1.NotificationServiceClient, evidence string) error {
		_, err := client.StopSurveys(t.Context(), &followupv1.StopSurveysRequest{Name: complaint, Evidence: evidence})
		return err
	}
	agent := a.messages(t)
	proven := followupv1.ErrorReason_WISH_NOT_PROVEN.String()
	rpctest.RequireReason(t, stop(agent, ""), codes.FailedPrecondition, proven)
	rpctest.RequireReason(t, stop(agent, a.wrote(t, complaint, eventv1.MessageRecorded_AGENT)), codes.FailedPrecondition, proven)
	rpctest.RequireReason(t, stop(agent, complaint+"/messages/01jb3p5v9x7k2m4n6q8r0t1w3y"), codes.NotFound,
		followupv1.ErrorReason_EVIDENCE_NOT_FOUND.String())
	reached := a.attempt(t, complaint, followupv1.Attempt_REACHED, time.Time{}).GetAttempts()
	require.NoError(t, stop(agent, reached[len(reached)-1].GetName()))
	require.NoError(t, stop(followupv1.NewNotificationServiceClient(a.harness.Conn("agents/gao", authv1.Role_SUPERVISOR)), ""))
}
