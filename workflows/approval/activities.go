package approval

import (
	"context"

	remedyv1 "github.com/redress-dev/redress/gen/redress/remedy/v1"
	routingv1 "github.com/redress-dev/redress/gen/redress/routing/v1"
	"github.com/redress-dev/redress/workflows/ask"
)

// Activities is how the workflow reaches the services. All are idempotent. Their results and failures go into histories, so they hold
// names, times and words of the contract, and nothing that somebody wrote: no comment, no contents, no evidence.
type Activities struct {
	// Approvals is remedy's.
	Approvals remedyv1.ApprovalServiceClient
	// Approvers is routing's.
	Approvers routingv1.ApproverServiceClient
}

// activities names the methods for the workflow; they are never called on it.
var activities *Activities

// SettleApproval asks remedy how an approval stands, which moves it up when the time of its step is over. It is tried until remedy
// answers: without the answer nobody would be asked any more.
func (a *Activities) SettleApproval(ctx context.Context, question *remedyv1.SettleApprovalRequest) (*remedyv1.SettleApprovalResponse, error) {
	answer, err := a.Approvals.SettleApproval(ctx, question)
	if err != nil {
		return nil, ask.KeepTrying(ctx, "remedy.SettleApproval", err)
	}
	return answer, nil
}

// ChooseApprover has routing name who decides, and tell them.
func (a *Activities) ChooseApprover(ctx context.Context, request *routingv1.ChooseApproverRequest) (*routingv1.ChooseApproverResponse, error) {
	answer, err := a.Approvers.ChooseApprover(ctx, request)
	if err != nil {
		return nil, ask.Failure(ctx, "routing.ChooseApprover", err)
	}
	return answer, nil
}

// NameApprover has remedy note whom routing has named, who may decide from then on.
func (a *Activities) NameApprover(ctx context.Context, request *remedyv1.NameApproverRequest) (*remedyv1.Approval, error) {
	answer, err := a.Approvals.NameApprover(ctx, request)
	if err != nil {
		return nil, ask.Failure(ctx, "remedy.NameApprover", err)
	}
	return &remedyv1.Approval{Name: answer.GetName(), Level: answer.GetLevel(), Approver: answer.GetApprover(), Department: answer.GetDepartment()}, nil
}

// RemindApprover has routing remind whoever was named.
func (a *Activities) RemindApprover(ctx context.Context, request *routingv1.RemindApproverRequest) (*routingv1.RemindApproverResponse, error) {
	answer, err := a.Approvers.RemindApprover(ctx, request)
	if err != nil {
		return nil, ask.Failure(ctx, "routing.RemindApprover", err)
	}
	return answer, nil
}
