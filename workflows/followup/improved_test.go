package followup_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/redress-dev/redress/gen/covers"
	followupv1 "github.com/redress-dev/redress/gen/redress/followup/v1"
	intakev1 "github.com/redress-dev/redress/gen/redress/intake/v1"
	policyv1 "github.com/redress-dev/redress/gen/redress/policy/v1"
	reviewv1 "github.com/redress-dev/redress/gen/redress/review/v1"
)

// assessments is the part of intake that says what the complaint was about.
type assessments struct {
	intakev1.AssessmentServiceClient
	*world
}

func (a assessments) GetAssessment(_ context.Context, req *intakev1.GetAssessmentRequest, _ ...grpc.CallOption) (*intakev1.CaseAssessment, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if err := a.bad("GetAssessment"); err != nil {
		return nil, err
	}
	if req.GetName() != subject+"/assessment" {
		return nil, status.Error(codes.NotFound, req.GetName())
	}
	return &intakev1.CaseAssessment{Earlier: []*intakev1.Assessment{
		{Scenario: policyv1.Scenario_PRICE}, {Scenario: policyv1.Scenario_QUALITY, Product: "lock", FaultCode: "jam"},
	}}, nil
}

func (s intake) GetComplaint(context.Context, *intakev1.GetComplaintRequest, ...grpc.CallOption) (*intakev1.Complaint, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return &intakev1.Complaint{ReceiveTime: timestamppb.New(resolved.Add(-48 * time.Hour))}, s.bad("GetComplaint")
}

// improved is the part of review that says what was improved: something, 50 hours after the resolution.
type improved struct {
	reviewv1.ImprovementServiceClient
	*world
}

func (i improved) ListCustomerTexts(
	_ context.Context, req *reviewv1.ListCustomerTextsRequest, _ ...grpc.CallOption,
) (*reviewv1.ListCustomerTextsResponse, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.bad("ListCustomerTexts"); err != nil {
		return nil, err
	}
	res := &reviewv1.ListCustomerTextsResponse{}
	asked := req.GetCategory() == policyv1.Scenario_QUALITY && req.GetProduct() == "lock" && req.GetFaultCode() == "jam" &&
		req.GetAfterTime().AsTime().Equal(resolved.Add(-48*time.Hour)) && i.language != "" && req.GetLanguageCode() == i.language
	if asked && i.elapsed() > 50*time.Hour {
		res.Texts = append(res.Texts, &reviewv1.ImprovedText{Improvement: "improvements/x", Text: "better boxes"})
	}
	return res, nil
}

// told is what a request has the customer told.
func told(req *followupv1.AskFollowUpRequest) (text string) {
	for _, i := range req.GetImprovements() {
		text += " telling " + i.GetText()
	}
	return text
}

// TestCustomersHearWhatWasImproved since their complaint, in their language, as soon as there is something (REV-2).
func TestCustomersHearWhatWasImproved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "FUP-1")
	w := newWorld()
	w.language = "zh-Hant"
	w.enter(t, 0)
	w.run(t)
	require.Equal(t, []string{
		"20h survey 1", "60h survey 2 telling better boxes", "144h survey 3 telling better boxes", "696h survey 4 telling better boxes",
	}, w.lines("survey"))
}

// TestNobodyWaitsForWhatWasImproved: while review or intake is away, the customer is asked all the same.
func TestNobodyWaitsForWhatWasImproved(t *testing.T) {
	t.Parallel()
	covers.Requirement(t, "REV-2", "FUP-1")
	for _, method := range []string{"GetAssessment", "GetComplaint", "ListCustomerTexts"} {
		w := newWorld()
		w.language = "zh-Hant"
		w.during(method, 0, 100*time.Hour)
		w.enter(t, 0)
		w.run(t)
		require.Equal(t, []string{
			"20h survey 1", "60h survey 2", "144h survey 3 telling better boxes", "696h survey 4 telling better boxes",
		}, w.lines("survey"), method)
	}
}
