package gateway_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	authv1 "github.com/redress-dev/redress/gen/redress/auth/v1"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	"github.com/redress-dev/redress/services/internal/errs"
)

// planner stands for followup's plan of the next call.
type planner struct {
	asked **followupv1.PlanCallbackRequest
}

func (p planner) PlanCallback(_ context.Context, req *followupv1.PlanCallbackRequest) (*followupv1.CallbackPlan, error) {
	*p.asked = req
	return &followupv1.CallbackPlan{Way: policyv1.ContactWay_PHONE, Why: "The first time that suits.", Callback: &followupv1.Callback{Name: req.GetName()}}, nil
}

func (planner) GiveNotice(context.Context, *followupv1.GiveNoticeRequest) (*followupv1.Callback, error) {
	return &followupv1.Callback{}, nil
}

func (planner) SendCallbackNotice(context.Context, *followupv1.SendCallbackNoticeRequest) (*followupv1.Settlement, error) {
	return &followupv1.Settlement{}, nil
}

func (planner) ConfirmAttempt(context.Context, *followupv1.ConfirmAttemptRequest) (*followupv1.Callback, error) {
	return &followupv1.Callback{}, nil
}

func (planner) RejectAttempt(context.Context, *followupv1.RejectAttemptRequest) (*followupv1.Callback, error) {
	return &followupv1.Callback{}, nil
}

func (planner) ListHeldAttempts(context.Context, *followupv1.ListHeldAttemptsRequest) (*followupv1.ListHeldAttemptsResponse, error) {
	return &followupv1.ListHeldAttemptsResponse{}, nil
}

// series stands for followup's contacts after resolutions: one that was answered, and one that nobody made. It has a page for each.
type series struct {
	followupv1.UnimplementedSeriesServiceServer
}

func (series) ListFollowUps(_ context.Context, req *followupv1.ListFollowUpsRequest) (*followupv1.ListFollowUpsResponse, error) {
	if req.GetPageToken() == "" {
		return &followupv1.ListFollowUpsResponse{NextPageToken: "more", FollowUps: []*followupv1.FollowUp{{
			Name: name + "/followUps/1-1", Cycle: 1, State: followupv1.FollowUp_ANSWERED, AskTime: timestamppb.Now(),
			Answer: &followupv1.FollowUpAnswer{Satisfaction: 1, Comment: "Your man never came. Do not phone before noon."},
		}}}, nil
	}
	return &followupv1.ListFollowUpsResponse{FollowUps: []*followupv1.FollowUp{
		{Name: name + "/followUps/1-2", Cycle: 1, State: followupv1.FollowUp_STOPPED},
	}}, nil
}

func (d *desk) ListCallbacks(_ context.Context, req *followupv1.ListCallbacksRequest) (*followupv1.ListCallbacksResponse, error) {
	if req.GetParent() != name {
		return nil, errs.NotFound("COMPLAINT_NOT_FOUND", "There is no such complaint.")
	}
	return &followupv1.ListCallbacksResponse{Callbacks: []*followupv1.Callback{
		{Name: name + "/callbacks/1", Attempts: []*followupv1.Attempt{{Note: "She says that the technician insulted her."}}},
		{Name: name + "/callbacks/2"},
	}}, nil
}

// Whoever calls because the customer was not satisfied reads what they answered, and what was said before.
func TestBriefTellsWhatWasSaidInEarlierCycles(t *testing.T) {
	covers.Requirement(t, "CALL-1", "FUP-2")
	t.Parallel()
	w := start(t)
	got := w.call(t, http.MethodGet, "/v1/"+name+"/callbacks/2/brief", "")
	require.Equal(t, http.StatusOK, got.status, got.text)
	asked := got.body["followUps"].([]any)
	require.Len(t, asked, 1, "nobody made the other one")
	require.Equal(t, "Your man never came. Do not phone before noon.", asked[0].(object)["answer"].(object)["comment"])
	earlier := got.body["earlierCallbacks"].([]any)
	require.Len(t, earlier, 1, "that of the cycle itself is in the plan")
	require.Equal(t, "She says that the technician insulted her.", earlier[0].(object)["attempts"].([]any)[0].(object)["note"])
	require.NotContains(t, got.body["leftOut"], "followUps")
}

// What the owners cannot answer is left out and named; without the complaint there is no sheet. Every question goes with the caller's token.
func TestBriefNamesWhatIsLeftOut(t *testing.T) {
	covers.Requirement(t, "CALL-1", "API-4")
	t.Parallel()
	w := start(t)
	path := "/v1/" + name + "/callbacks/1/brief"
	got := w.call(t, http.MethodGet, path, "")
	require.Equal(t, http.StatusOK, got.status, got.text)
	require.ElementsMatch(t, []any{"record", "messages", "promises", "validation"}, got.body["leftOut"])
	require.Equal(t, "PHONE", got.body["plan"].(object)["way"])
	require.True(t, w.planned.GetFullContact())
	w.token = w.mint(authv1.Role_AUDITOR)
	got = w.call(t, http.MethodGet, path, "")
	require.Equal(t, http.StatusOK, got.status, got.text)
	require.False(t, w.planned.GetFullContact(), "an auditor sees nothing in full")
	require.NotContains(t, got.body["leftOut"], "validation", "it is for who talks to customers")
	w.token = ""
	require.Equal(t, http.StatusUnauthorized, w.call(t, http.MethodGet, path, "").status)
	require.Equal(t, http.StatusBadRequest, w.authorized(authv1.Role_AGENT).call(t, http.MethodGet, "/v1/complaints/nonsense/callbacks/1/brief", "").status)
}

// authorized is the world with another token.
func (w *world) authorized(role authv1.Role) *world {
	w.token = w.mint(role)
	return w
}
